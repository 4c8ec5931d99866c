package boot

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/supervisor"
)

// generation identifies what the agent runs on. The process that stays keeps it and may hold no secret, so it consists of
// digests. Their key is random and known to this process and its workers only: without it nobody can try values.
type generation struct {
	Files []byte // nil: not known, because the agent runs on the files of an earlier boot (outage)
	Run   []byte // argv and environment of the agent
	Setup []byte // nil as Files
}

// digestKeySize is the size of the hash; a longer key adds nothing.
const digestKeySize = sha256.Size

func newDigestKey() []byte {
	key := make([]byte, digestKeySize)
	rand.Read(key) // never fails
	return key
}

// newGeneration takes the files as rendered, and a plan that has every step of the setup, whether it is due or not.
func newGeneration(key []byte, files []configgen.Rendered, owner *fileset.Owner, plan *supervisor.Plan) generation {
	inFiles, inRun, inSetup := digest{key: key}, digest{key: key}, digest{key: key}
	for _, file := range files {
		inFiles.add(file.Path, fmt.Sprint(file.Mode), string(file.Content))
	}
	if owner != nil {
		inFiles.add(fmt.Sprint(*owner))
	}
	inRun.addCommand(plan.Agent.Command)
	for _, step := range plan.Setup {
		inSetup.addCommand(step.Command)
	}
	return generation{Files: inFiles.sum(), Run: inRun.sum(), Setup: inSetup.sum()}
}

// digest collects what is hashed. Each part comes with its length, so two lists of parts never give the same bytes.
type digest struct {
	key   []byte
	parts []byte
}

func (d *digest) add(parts ...string) {
	d.parts = fmt.Appendf(d.parts, "%d\n", len(parts))
	for _, part := range parts {
		d.parts = fmt.Appendf(d.parts, "%d:%s", len(part), part)
	}
}

func (d *digest) addCommand(c supervisor.Command) {
	d.add(c.Argv...)
	d.add(c.Env...)
	d.add(c.Dir)
	if c.Identity != nil {
		d.add(fmt.Sprint(*c.Identity))
	}
}

func (d *digest) sum() []byte {
	mac := hmac.New(sha256.New, d.key)
	mac.Write(d.parts)
	clear(d.parts)
	return mac.Sum(nil)
}

// found fills in what was unknown in an outage, from the first preparation after it. Where that changed no file, the
// agent runs on the same files; otherwise it does not.
func (g generation) found(next generation, changed bool) generation {
	if g.Files == nil && changed {
		g.Files = []byte{}
	}
	if g.Files == nil {
		g.Files = next.Files
	}
	if g.Setup == nil {
		g.Setup = next.Setup
	}
	return g
}

// actionFor says what a refresh does to bring the agent from g to next. on is the profile's on-refresh. A signal cannot
// bring a new argv or environment, so these need a restart. A change of the setup alone counts only where a refresh runs
// the setup.
func (g generation) actionFor(next generation, on supervisor.RefreshAction) (action supervisor.RefreshAction, changed bool) {
	files, run, setup := !hmac.Equal(g.Files, next.Files), !hmac.Equal(g.Run, next.Run), !hmac.Equal(g.Setup, next.Setup)
	switch {
	case run && on == supervisor.RefreshSignal:
		return supervisor.RefreshRestart, true
	case files, run, setup && on == supervisor.RefreshSetupAndRestart:
		return on, true
	}
	return on, false
}
