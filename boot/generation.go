package boot

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/supervisor"
)

// generation tells one state of a boot from another: what the agent runs on. It is held by the process that stays, which
// may hold no secret: so these are digests, keyed with random bytes that this process shares with its workers only,
// and of no use to anybody who does not have them.
type generation struct {
	Files []byte // nil: not known, because an outage had the agent run on the files of an earlier boot
	Run   []byte // argv and environment of the agent
	Setup []byte // nil as Files
}

// digestKeySize is that of the hash: more would add nothing.
const digestKeySize = sha256.Size

func newDigestKey() []byte {
	key := make([]byte, digestKeySize)
	rand.Read(key) // never fails
	return key
}

// newGeneration takes the files as rendered, and a plan with every step of the setup, due or not.
func newGeneration(key []byte, files []configgen.Rendered, owner *configgen.Owner, plan *supervisor.Plan) generation {
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

// digest gathers what is hashed, each part with its length: no two lists of parts give the same bytes.
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

// found fills in what an outage left unknown, from the first boot after it: that one found the files on which the agent
// runs as it would have written them, or it changed them.
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

// actionFor says what a refresh has to do so that the agent, which runs on g, runs on next. on is what the profile wants
// for changed files. A signal brings no new argv and no new environment, only a restart does; a change of the setup
// alone is one only where a refresh runs the setup.
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
