package boot

import (
	"slices"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// against is what a refresh compares with; nil where it is a boot.
type against struct {
	Running generation
	Refused *generation // what was rolled back last; nil: nothing was
}

// verdict is what a refresh comes to before anything is written.
type verdict string

// The verdicts. With the first two nothing is written.
const (
	isUnchanged verdict = "unchanged" // the agent runs on the same
	isRefused   verdict = "refused"   // this was rolled back before
	isNew       verdict = "new"
)

// A versionChange is a parameter that differs from the one that the agent runs on. It has no value.
type versionChange struct {
	Name     string
	Old, New int64 // 0: the source has no versions
	Gone     bool
}

// comparison is what a refresh found before it wrote anything. The zero comparison is that of a boot.
type comparison struct {
	Verdict verdict
	Action  supervisor.RefreshAction // what brings the agent to what is new
	Changes []versionChange          // of parameters that the profile uses
}

// compare makes the generation of what was prepared, and says how it differs from what runs.
func (p *preparation) compare() (generation, comparison) {
	next := newGeneration(p.digestKey, p.rendered(), p.owner(), &p.whole.Plan)
	next.Parameters = digestParameters(p.digestKey, p.used())
	if p.against == nil {
		return next, comparison{}
	}
	running := p.against.Running
	if running.Files == nil {
		running = running.found(next, p.differsOnDisk())
	}
	action, changed := running.actionFor(next, p.whole.OnRefresh.Action)
	c := comparison{Verdict: isNew, Action: action, Changes: changesOf(running.Parameters, next.Parameters)}
	switch {
	case !changed:
		c.Verdict = isUnchanged
	case p.against.Refused != nil && next.same(*p.against.Refused):
		c.Verdict = isRefused
	}
	return next, c
}

// used are the parameters that the profile uses, as their sources give them. Defaults are part of the profile.
func (p *preparation) used() []secrets.Parameter {
	list := slices.Clone(p.variables)
	for _, found := range p.examined.Parameters {
		if found.State == configgen.ParameterFound {
			list = append(list, found.Given)
		}
	}
	return list
}

// differsOnDisk says whether a file is not as it would be written.
func (p *preparation) differsOnDisk() bool {
	p.examined.Preflight(p.files, p.owner())
	return slices.ContainsFunc(p.files, func(f configgen.FileReport) bool { return f.State != fileset.StateUnchanged })
}

// changesOf lists what differs, in the order of the new parameters; those that are gone come last.
func changesOf(old, next []parameterDigest) []versionChange {
	before := make(map[string]parameterDigest, len(old))
	for _, p := range old {
		before[p.Name] = p
	}
	var list []versionChange
	for _, p := range next {
		was, known := before[p.Name]
		delete(before, p.Name)
		if !known || !was.same(p) {
			list = append(list, versionChange{Name: p.Name, Old: was.Version, New: p.Version})
		}
	}
	for _, p := range old {
		if _, gone := before[p.Name]; gone {
			list = append(list, versionChange{Name: p.Name, Old: p.Version, Gone: true})
		}
	}
	return list
}
