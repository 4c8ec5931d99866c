package configgen

import (
	"slices"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// States of a parameter as Examine reports them.
const (
	ParameterFound   = "found"   // a source gives it
	ParameterDefault = "default" // the profile's default is used
	ParameterUnset   = "unset"   // nothing gives it, and it is not required
	ParameterMissing = "missing" // nothing gives it, and it is required
	ParameterInvalid = "invalid" // it breaks its rule
	ParameterUnknown = "unknown" // the profile declares no such name: it is not used
	ParameterUnread  = "unread"  // no source that was read gives it: Examination.SomeUnread
)

// ParameterReport is what check says of one parameter. It never has the value.
type ParameterReport struct {
	Name       string
	State      string
	Secret     bool
	Given      secrets.Parameter   // the parameter as its source gives it; zero when nothing gives it
	Overridden []secrets.Parameter // those that it overrides, the last one overridden last
	Trimmed    bool                // its value had white space around it
	Problem    *Problem            // nil except in the states missing and invalid
}

// Examination is a profile with its values, right or wrong.
type Examination struct {
	Resolved   *Resolved // a parameter without a good value makes its templates fail
	Parameters []ParameterReport
	Problems   []Problem // those that are not about one parameter
}

// Examine puts the layers over the defaults, each over the one before, and checks
// the values by the rules. It goes on after a fault. It reports each parameter, first
// the declared ones in the order of the profile, then the others that sources give.
// variables are those of --resolve-env.
func Examine(p *profile.Profile, layers []secrets.Layer, variables ...secrets.Parameter) *Examination {
	r := &Resolved{
		Profile: p, variables: variables, absent: make(map[string]bool),
		values: make(map[string]*value, len(p.Parameters)), parameters: make(map[string]secrets.Parameter),
	}
	x := &Examination{Resolved: r}
	for _, layer := range layers {
		x.Problems = append(x.Problems, r.addLayer(layer)...)
	}
	for i := range p.Parameters {
		d := &p.Parameters[i]
		problem := r.resolveOne(d, layers)
		if problem != nil {
			r.values[d.Name], r.absent[d.Name] = &value{secret: isSecret(d, r.parameters[d.Name])}, true
		}
		x.Parameters = append(x.Parameters, r.report(d, problem))
	}
	for _, given := range r.Parameters() {
		if _, declared := p.Parameter(given.Name); !declared {
			x.Parameters = append(x.Parameters, ParameterReport{
				Name: given.Name, State: ParameterFound, Secret: isSecret(nil, given), Given: given, Overridden: r.overriddenBy(given.Name),
			})
		}
	}
	for _, given := range r.Unknown {
		x.Parameters = append(x.Parameters, ParameterReport{Name: given.Name, State: ParameterUnknown, Secret: isSecret(nil, given), Given: given})
	}
	return x
}

func (r *Resolved) report(d *profile.Parameter, problem *Problem) ParameterReport {
	given, ok := r.parameters[d.Name]
	report := ParameterReport{Name: d.Name, Secret: isSecret(d, given), Given: given, Problem: problem, Overridden: r.overriddenBy(d.Name)}
	switch {
	case problem != nil && problem.Code == "parameter-missing":
		report.State = ParameterMissing
	case problem != nil:
		report.State = ParameterInvalid
	case ok:
		report.State = ParameterFound
	case d.Default != nil:
		report.State = ParameterDefault
	default:
		report.State = ParameterUnset
	}
	report.Trimmed = slices.ContainsFunc(r.Trimmed, func(p secrets.Parameter) bool { return p.Name == d.Name })
	return report
}

// overriddenBy lists the parameters that the one of this name overrides.
func (r *Resolved) overriddenBy(name string) (list []secrets.Parameter) {
	for _, o := range r.Overridden {
		if o.Name == name {
			list = append(list, o.Loser)
		}
	}
	return list
}

// Err gives everything that is wrong as an *Error of Kind Invalid, or nil.
func (x *Examination) Err() error {
	problems := slices.Clone(x.Problems)
	for _, p := range x.Parameters {
		if p.Problem != nil {
			problems = append(problems, *p.Problem)
		}
	}
	return profile.AsError(Invalid, problems)
}

// SomeUnread says that a source could not be read. A parameter that no other source
// gives may be in it: its state becomes ParameterUnread, and it has no problem.
func (x *Examination) SomeUnread() {
	for i := range x.Parameters {
		switch p := &x.Parameters[i]; p.State {
		case ParameterMissing, ParameterDefault, ParameterUnset:
			p.State, p.Problem = ParameterUnread, nil
		}
	}
}

// Whole reports whether every declared parameter has a good value.
func (x *Examination) Whole() bool { return len(x.Resolved.absent) == 0 && len(x.Problems) == 0 }

// Program is the program of a command. A profile always writes it out.
type Program struct {
	Use     string // "setup NAME", "before-start NAME", "run", "stop", "health"
	Argv0   string
	Skipped bool        // the file of `creates` exists: the step runs only when a file changes
	Pos     profile.Pos // in the profile
}

// Programs lists what a boot would start, in order.
func (r *Resolved) Programs() []Program {
	list := append(r.programs(r.Profile.Setup), r.programs(r.Profile.BeforeStart)...)
	add := func(use string, argv []*profile.Template) {
		if len(argv) > 0 {
			list = append(list, Program{use, r.text(argv[0], nil), false, argv[0].Pos})
		}
	}
	add("run", r.Profile.Run.Argv)
	add("stop", r.Profile.Run.Stop)
	if health := r.Profile.Health; health != nil {
		add("health", health.Argv)
	}
	return list
}

// programs are those of a list of steps.
func (r *Resolved) programs(steps []profile.Step) []Program {
	var list []Program
	for i := range steps {
		s := &steps[i]
		if !r.stands(s.When) || !r.stands(s.ForEach) {
			continue
		}
		skipped := false
		if s.Creates != nil {
			name, refused := r.expandPath(s.Creates, "creates") // Setup reports the problems
			skipped = len(refused) == 0 && exists(name)
		}
		list = append(list, Program{s.List + " " + s.Name, r.text(s.Argv[0], nil), skipped, s.Argv[0].Pos})
	}
	return list
}
