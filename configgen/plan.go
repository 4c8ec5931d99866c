package configgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// empty reports whether a parameter has no value, or an empty one.
func (r *Resolved) empty(name string) bool {
	v := r.value(name)
	if v.List != nil {
		return len(v.List) == 0
	}
	if fields, ok := v.Any.(format.Object); ok {
		return len(fields) == 0
	}
	return v.Text == ""
}

// stands says whether what has a condition is there: without one always, otherwise
// when the parameter is not empty. One whose value is not known may not be empty.
func (r *Resolved) stands(when string) bool {
	return when == "" || !r.empty(when) || r.absent[when]
}

// Run gives the argv of the agent. It is empty when the command line gives it. The
// error is an *Error of Kind Invalid.
func (r *Resolved) Run() ([]string, error) {
	x := &expansion{resolved: r}
	x.noSecrets(r.Profile.Run.Argv, "run", profile.FixArgv)
	argv, _ := x.argv(r.Profile.Run.Argv, nil, "run")
	return argv, profile.AsError(Invalid, x.problems)
}

// Stop gives the argv of the command that stops the agent; empty when there is none.
// The error is an *Error of Kind Invalid.
func (r *Resolved) Stop() ([]string, error) {
	x := &expansion{resolved: r}
	x.noSecrets(r.Profile.Run.Stop, "run.stop", profile.FixArgv)
	argv, _ := x.argv(r.Profile.Run.Stop, nil, "run.stop")
	return argv, profile.AsError(Invalid, x.problems)
}

// Health gives the argv of the health command; empty when there is none. The error
// is an *Error of Kind Invalid.
func (r *Resolved) Health() ([]string, error) {
	if r.Profile.Health == nil {
		return nil, nil
	}
	x := &expansion{resolved: r}
	x.noSecrets(r.Profile.Health.Argv, "health", profile.FixArgv)
	argv, _ := x.argv(r.Profile.Health.Argv, nil, "health")
	return argv, profile.AsError(Invalid, x.problems)
}

// expansion turns argv templates into arguments.
type expansion struct {
	resolved *Resolved
	problems []Problem
}

// noSecrets refuses secrets in arguments. Parse refuses parameters that the profile
// declares secret; only here it is known which are secret by their source. items
// is the parameter of for-each, which ${item} stands for.
func (x *expansion) noSecrets(templates []*profile.Template, what, fix string, items ...string) {
	var seen []string
	for _, t := range templates {
		for _, name := range t.Names() {
			if name == profile.ItemName && len(items) > 0 {
				name = items[0]
			}
			if secrets.IsFact(name) || slices.Contains(seen, name) || !x.resolved.value(name).secret {
				continue
			}
			seen = append(seen, name)
			x.problems = append(x.problems, Problem{
				Code: "secret-in-argument", What: what + ": " + x.resolved.whySecret(name),
				Fix: fix + "; if it is not secret, store it as a String",
			})
		}
	}
}

// argv fills in the references. A template that is exactly one reference to a list
// becomes one argument for each item; any other template stays one argument.
func (x *expansion) argv(templates []*profile.Template, item *value, what string) (argv []string, secret []int) {
	x.problems = append(x.problems, x.resolved.absentIn(what, templates...)...)
	for _, t := range templates {
		if ref, ok := t.Whole(); ok {
			if v := x.resolved.value(ref.Name); v.List != nil {
				for _, word := range v.List {
					argv, secret = x.add(argv, secret, word, v.secret, what, []string{ref.Name})
				}
				continue
			}
		}
		word, hidden := x.text(t, item)
		argv, secret = x.add(argv, secret, word, hidden, what, t.Names())
	}
	return argv, secret
}

// text fills in one template; hidden says that a secret is in it.
func (x *expansion) text(t *profile.Template, item *value) (text string, hidden bool) {
	var b strings.Builder
	for _, p := range t.Parts {
		v := value{Typed: profile.Typed{Text: p.Literal}}
		switch {
		case p.Name == profile.ItemName && item != nil:
			v = *item
		case p.Name != "":
			v = x.resolved.value(p.Name)
		}
		b.WriteString(v.Text)
		hidden = hidden || v.secret
	}
	return b.String(), hidden
}

func (x *expansion) add(argv []string, secret []int, word string, hidden bool, what string, names []string) ([]string, []int) {
	if strings.ContainsRune(word, 0) {
		x.problems = append(x.problems, Problem{
			Code: "value-holds-nul", What: fmt.Sprintf("%s holds a NUL byte, which no argument can (%s)", called(names), what),
			Fix: "remove it from the value",
		})
	}
	if hidden {
		secret = append(secret, len(argv))
	}
	return append(argv, word), secret
}
