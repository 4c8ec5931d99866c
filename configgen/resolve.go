package configgen

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// Resolved is a profile with its values.
type Resolved struct {
	Profile    *profile.Profile
	Overridden []Override          // where a later layer won
	Trimmed    []secrets.Parameter // those whose value had white space around it
	Unknown    []secrets.Parameter // those that the profile does not declare; empty when it exports all

	owners     map[string]fileset.Owner     // of SetOwners, by how the profile names them
	variables  []secrets.Parameter          // of --resolve-env
	values     map[string]*value            // declared, by name; fmt does not look behind pointers
	absent     map[string]bool              // required, and only the store has them (ResolveExisting)
	bases      map[*profile.File]base       // read by ReadBases
	parameters map[string]secrets.Parameter // given and used, by name; with the undeclared where all are exported
	facts      map[string]value             // of SetFacts, by name
	lookedUp   *[]string                    // of FactsNeeded: the facts that were looked up; nil: nobody wants to know
}

// Override says that a later layer beat an earlier one.
type Override struct {
	Name          string
	Winner, Loser secrets.Parameter
}

// value is the value of a declared parameter.
type value struct {
	profile.Typed
	set    bool // a source or the default gives it
	secret bool
}

// value gives the value of a declared parameter or a fact.
func (r *Resolved) value(name string) value {
	if secrets.IsFact(name) {
		return r.fact(name)
	}
	if v := r.values[name]; v != nil {
		return *v
	}
	return value{}
}

// Resolve puts the layers over the defaults, each over the one before, and checks
// the values by the rules. The error has everything that is wrong, as an *Error of
// Kind Invalid, and never shows a secret. variables are those of --resolve-env.
func Resolve(p *profile.Profile, layers []secrets.Layer, variables ...secrets.Parameter) (*Resolved, error) {
	x := Examine(p, layers, variables...)
	if err := x.Err(); err != nil {
		return nil, err
	}
	return x.Resolved, nil
}

// addLayer puts one layer over those before.
func (r *Resolved) addLayer(layer secrets.Layer) []Problem {
	var problems []Problem
	inLayer := make(map[string]secrets.Parameter, len(layer.Parameters))
	for _, given := range layer.Parameters {
		name, declared := given.Name, false
		if d, ok := r.Profile.Parameter(given.Name); ok {
			name, declared = d.Name, true
		}
		if given.Origin == "" {
			given.Origin = layer.Origin
		}
		if twin, twice := inLayer[name]; twice {
			problems = append(problems, ambiguous(name, twin, given))
			continue
		}
		inLayer[name] = given
		if !declared && !r.Profile.Env.ExportAll {
			r.Unknown = append(r.Unknown, given)
			continue
		}
		if loser, ok := r.parameters[name]; ok {
			r.Overridden = append(r.Overridden, Override{name, given, loser})
		}
		given.Name = name
		r.parameters[name] = given
	}
	return problems
}

func ambiguous(name string, a, b secrets.Parameter) Problem {
	return Problem{
		Code: "parameter-ambiguous",
		What: fmt.Sprintf("parameter %s appears twice in %s: as %q and as %q", name, a.Origin, a.FullName, b.FullName),
		Fix:  "keep one of them",
	}
}

// resolveOne gives a declared parameter its value.
func (r *Resolved) resolveOne(d *profile.Parameter, layers []secrets.Layer) *Problem {
	given, ok := r.parameters[d.Name]
	text := ""
	switch {
	case ok:
		text = given.Value.Reveal()
		if trimmed := strings.TrimSpace(text); trimmed != text {
			r.Trimmed = append(r.Trimmed, given)
			text = trimmed
			given.Value = secrets.NewValue(text)
			r.parameters[d.Name] = given
		}
	case d.Default != nil:
		text = *d.Default
	}
	if d.Required && text == "" {
		return r.missing(d, given, ok, layers)
	}
	secret := isSecret(d, given)
	unset := !ok && d.Default == nil
	if unset || text == "" && (d.Type == profile.Int || d.Type == profile.Float || d.Type == profile.Bool) {
		r.values[d.Name] = &value{secret: secret, Typed: emptyOf(d.Type)}
		return nil
	}
	v, refused := d.Check(text, r.display(secret))
	if refused != nil {
		return &Problem{
			Code: "parameter-invalid",
			What: fmt.Sprintf("parameter %s (from %s): %s", d.Name, source(given), refused.What),
			Fix:  refused.Fix,
		}
	}
	r.values[d.Name] = &value{Typed: v, set: true, secret: secret}
	return nil
}

// emptyOf is the value of a parameter that nothing gives.
func emptyOf(t profile.Type) profile.Typed {
	if t.Many() {
		return profile.Typed{List: []string{}}
	}
	return profile.Typed{}
}

// source names where a value comes from.
func source(p secrets.Parameter) string {
	switch {
	case p.FullName == "":
		return "the profile's default"
	case p.Origin == "" || strings.HasSuffix(p.FullName, p.Origin):
		return fmt.Sprintf("%q", p.FullName)
	}
	return fmt.Sprintf("%s, %q", p.Origin, p.FullName)
}

// missing is the problem of a required parameter. It names everything that could
// have given the value.
func (r *Resolved) missing(d *profile.Parameter, given secrets.Parameter, empty bool, layers []secrets.Layer) *Problem {
	what := fmt.Sprintf("parameter %s is required and nothing gives it", d.Name)
	if empty {
		what = fmt.Sprintf("parameter %s is required and empty (from %s)", d.Name, source(given))
	}
	var looked []string
	for _, layer := range layers {
		if layer.Origin != setFlag && layer.Origin != setVariable && !slices.Contains(looked, layer.Origin) {
			looked = append(looked, layer.Origin)
		}
	}
	if len(looked) > 0 {
		what += "; looked in " + strings.Join(looked, ", ")
	}
	for _, u := range r.Unknown {
		if near(u.Name, d) {
			what += fmt.Sprintf("; %q is there and is not a name of it", u.FullName)
		}
	}
	fix := "store it below an --ssm-path as " + strings.Join(append([]string{d.Name}, d.Aliases...), " or ")
	if len(d.Env) > 0 {
		fix += ", or set the variable " + strings.Join(d.Env, " or ")
	}
	if !d.Secret {
		fix += fmt.Sprintf(", or give --set %s=VALUE", d.Name)
	}
	return &Problem{Code: "parameter-missing", What: what, Fix: fix}
}

// near reports whether a name may be a misspelling of the parameter's.
func near(name string, d *profile.Parameter) bool {
	for _, known := range append([]string{d.Name}, d.Aliases...) {
		if strings.HasPrefix(strictyaml.Nearest(name, []string{known}), "did you mean") || strings.HasSuffix(name, "-"+known) {
			return true
		}
	}
	return false
}

// Parameters lists the parameters that a layer gives and that are used, sorted by
// name, with their sources. Defaults are not among them.
func (r *Resolved) Parameters() []secrets.Parameter {
	all := make([]secrets.Parameter, 0, len(r.parameters))
	for _, name := range slices.Sorted(maps.Keys(r.parameters)) {
		all = append(all, r.parameters[name])
	}
	return all
}
