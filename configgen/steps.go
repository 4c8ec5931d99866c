package configgen

import (
	"fmt"
	"time"

	"github.com/tsboot/tsboot/configgen/profile"
)

// Command is a command of setup or before-start, ready to run.
type Command struct {
	Name    string
	Argv    []string
	Secret  []int         // indexes of the arguments that have a secret in them
	Stdin   string        // what it reads
	Hidden  bool          // Stdin has a secret in it
	Timeout time.Duration // never 0
	Retries int           // after the first run
	OKCodes []int         // exit codes that are a success
	Creates string        // of before-start: it is left out at a start at which this exists
}

// TakesSecret reports whether the command gets a secret by an argument or to read.
func (c Command) TakesSecret() bool { return len(c.Secret) > 0 || c.Hidden }

// SetupPlan is the commands to run before the agent.
type SetupPlan struct {
	Commands []Command
	Skipped  []string // names of steps that do not run, because the file of `creates` exists
}

// Setup expands the setup steps. With due (Applied.SetupDue) the steps run whose
// file of `creates` exists, too. The error is an *Error of Kind Invalid.
func (r *Resolved) Setup(due bool) (SetupPlan, error) {
	return r.steps(r.Profile.Setup, due, exists)
}

// BeforeStart expands the steps that run before each start of the agent. Without due
// each has the file of `creates`: whether it exists is for each start to see. The
// error is an *Error of Kind Invalid.
func (r *Resolved) BeforeStart(due bool) ([]Command, error) {
	plan, err := r.steps(r.Profile.BeforeStart, due, nil)
	return plan.Commands, err
}

// steps expands steps, of which it leaves out those whose file exists; nil: each
// command gets its file.
func (r *Resolved) steps(steps []profile.Step, due bool, exists func(string) bool) (SetupPlan, error) {
	var plan SetupPlan
	x := &expansion{resolved: r}
	for i := range steps {
		s := &steps[i]
		if s.When != "" && r.empty(s.When) {
			continue
		}
		creates := x.creates(s)
		if due {
			creates = ""
		}
		if creates != "" && exists != nil {
			if exists(creates) {
				plan.Skipped = append(plan.Skipped, s.Name)
				continue
			}
			creates = ""
		}
		for _, c := range x.step(s) {
			c.Creates = creates
			plan.Commands = append(plan.Commands, c)
		}
	}
	if err := profile.AsError(Invalid, x.problems); err != nil {
		return SetupPlan{}, err
	}
	return plan, nil
}

// step expands one step: with for-each into a command for each item.
func (x *expansion) step(s *profile.Step) []Command {
	if !s.SecretArgv {
		x.noSecrets(s.Argv, s.Use(), profile.FixStepArgv, s.ForEach)
	}
	if s.ForEach == "" {
		return []Command{x.command(s, s.Name, nil)}
	}
	var commands []Command
	v := x.resolved.value(s.ForEach)
	for i, item := range v.List {
		it := value{Typed: profile.Typed{Text: item}, set: true, secret: v.secret}
		commands = append(commands, x.command(s, fmt.Sprintf("%s %d/%d", s.Name, i+1, len(v.List)), &it))
	}
	return commands
}

func (x *expansion) command(s *profile.Step, name string, item *value) Command {
	c := Command{Name: name, Timeout: s.Timeout, Retries: s.Retries, OKCodes: s.OKCodes}
	c.Argv, c.Secret = x.argv(s.Argv, item, s.Use())
	if s.Stdin != nil {
		x.problems = append(x.problems, x.resolved.absentIn(s.Use()+": stdin", s.Stdin)...)
		c.Stdin, c.Hidden = x.text(s.Stdin, item)
	}
	return c
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
