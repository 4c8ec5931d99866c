package configgen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// Command is a setup command ready to run.
type Command struct {
	Name    string
	Argv    []string
	Secret  []int         // indexes of the arguments that have a secret in them
	Timeout time.Duration // never 0
	Retries int           // after the first run
	OKCodes []int         // exit codes that are a success
}

// SetupPlan is the commands to run before the agent.
type SetupPlan struct {
	Commands []Command
	Skipped  []string // names of steps that do not run, because the file of `creates` exists
}

// Setup expands the setup steps. With due (Applied.SetupDue) the steps run whose
// file of `creates` exists, too. The error is an *Error of Kind Invalid.
func (r *Resolved) Setup(due bool) (SetupPlan, error) {
	return r.setup(due, exists)
}

func (r *Resolved) setup(due bool, exists func(string) bool) (SetupPlan, error) {
	var plan SetupPlan
	x := &expansion{resolved: r}
	for i := range r.Profile.Setup {
		s := &r.Profile.Setup[i]
		if s.When != "" && r.empty(s.When) {
			continue
		}
		if creates := x.creates(s); creates != "" && !due && exists(creates) {
			plan.Skipped = append(plan.Skipped, s.Name)
			continue
		}
		if !s.SecretArgv {
			x.noSecrets(s.Argv, s.Use(), profile.FixStepArgv, s.ForEach)
		}
		command := Command{Name: s.Name, Timeout: s.Timeout, Retries: s.Retries, OKCodes: s.OKCodes}
		if s.ForEach == "" {
			command.Argv, command.Secret = x.argv(s.Argv, nil, s.Use())
			plan.Commands = append(plan.Commands, command)
			continue
		}
		v := r.value(s.ForEach)
		for j, item := range v.List {
			command.Name = fmt.Sprintf("%s %d/%d", s.Name, j+1, len(v.List))
			it := value{Typed: profile.Typed{Text: item}, set: true, secret: v.secret}
			command.Argv, command.Secret = x.argv(s.Argv, &it, s.Use())
			plan.Commands = append(plan.Commands, command)
		}
	}
	if err := profile.AsError(Invalid, x.problems); err != nil {
		return SetupPlan{}, err
	}
	return plan, nil
}

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

// creates is the path that a step creates; empty for none. It is always checked, so
// a fault is found before files are written.
func (x *expansion) creates(s *profile.Step) string {
	if s.Creates == nil {
		return ""
	}
	absent := x.resolved.absentIn(s.Use(), s.Creates)
	name, refused := x.resolved.expandPath(s.Creates, s.Use()+": creates")
	x.problems = append(append(x.problems, absent...), refused...)
	if len(absent)+len(refused) > 0 {
		return ""
	}
	return name
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
		var b strings.Builder
		hidden := false
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
		argv, secret = x.add(argv, secret, b.String(), hidden, what, t.Names())
	}
	return argv, secret
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
