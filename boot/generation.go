package boot

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// generation identifies what the agent runs on. The process that stays keeps it and may hold no secret, so it consists of
// digests. Their key is random and known to this process and its workers only: without it nobody can try values.
type generation struct {
	Files []byte // nil: not known, because the agent runs on the files of an earlier boot (outage)
	Run   []byte // argv and environment of the agent, what runs before each start of it, what stops it
	Setup []byte // nil as Files
	// Parameters are those that the profile uses. They say whether a version that did not last has changed since: a new
	// version of a parameter may have the same value.
	Parameters []parameterDigest
}

// parameterDigest identifies one version of a parameter.
type parameterDigest struct {
	Name    string
	Version int64  // of Parameter Store; 0: it has none
	Sum     []byte // of its source, version and value
}

// notThere is a digest of files that nothing equals: what is on disk is not what the agent runs on. It is not empty, because
// an empty one would come out of the pipe as not known.
func notThere() []byte { return []byte("not there") }

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
		if file.Owner != nil {
			inFiles.add(fmt.Sprint(*file.Owner))
		}
	}
	if owner != nil {
		inFiles.add(fmt.Sprint(*owner))
	}
	inRun.addCommand(plan.Agent.Command)
	if plan.Agent.Stop != nil {
		inRun.addCommand(*plan.Agent.Stop)
	}
	for _, step := range plan.BeforeStart {
		inRun.addStep(step)
	}
	for _, step := range plan.Setup {
		inSetup.addStep(step)
	}
	return generation{Files: inFiles.sum(), Run: inRun.sum(), Setup: inSetup.sum()}
}

// digestParameters takes the parameters that the profile uses.
func digestParameters(key []byte, used []secrets.Parameter) []parameterDigest {
	list := make([]parameterDigest, 0, len(used))
	for _, p := range used {
		in := digest{key: key}
		in.add(p.Name, p.Origin, p.FullName, fmt.Sprint(p.Version), p.Value.Reveal())
		list = append(list, parameterDigest{p.Name, p.Version, in.sum()})
	}
	return list
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

func (d *digest) addStep(s supervisor.Step) {
	d.addCommand(s.Command)
	d.add(string(s.Stdin))
}

func (d *digest) sum() []byte {
	mac := hmac.New(sha256.New, d.key)
	mac.Write(d.parts)
	clear(d.parts)
	return mac.Sum(nil)
}

// found fills in what was unknown in an outage, from the first preparation after it. Where no file on disk differs from
// that, the agent runs on the same files.
func (g generation) found(next generation, differ bool) generation {
	switch {
	case g.Files != nil:
	case differ:
		g.Files = notThere()
	default:
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

// same says whether two generations are of the same versions of the same parameters, and nothing else differs either.
func (g generation) same(other generation) bool {
	return hmac.Equal(g.Files, other.Files) && hmac.Equal(g.Run, other.Run) && hmac.Equal(g.Setup, other.Setup) &&
		slices.EqualFunc(g.Parameters, other.Parameters, parameterDigest.same)
}

func (p parameterDigest) same(other parameterDigest) bool {
	return p.Name == other.Name && bytes.Equal(p.Sum, other.Sum)
}
