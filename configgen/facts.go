package configgen

import (
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// FactsNeeded lists the facts that a boot with these values needs, in the order of
// their first use: what is left out of the files, and steps that do not run, need
// none. existing: the files are those of an earlier boot, so only their paths count.
// ownCommand: the command line gives the agent's command.
//
// It makes everything that Render, Setup, BeforeStart, Run, Stop, Health and
// Environment make, with a word in place of each fact, and notes which facts are
// looked up. So it cannot differ from them. The problems that it meets are those of
// the values, or come from the word: the boot meets the former itself.
func (r *Resolved) FactsNeeded(existing, ownCommand bool) []string {
	if len(r.Profile.Facts) == 0 {
		return nil
	}
	trial := *r
	trial.absent, trial.facts = map[string]bool{}, nil
	needed := []string{}
	trial.lookedUp = &needed
	if existing {
		for _, file := range r.Profile.Files {
			trial.expandPath(file.Path, "file path")
		}
	} else {
		_, _ = trial.Render()
	}
	for _, steps := range [][]profile.Step{r.Profile.Setup, r.Profile.BeforeStart} {
		_, _ = trial.steps(steps, true, func(string) bool { return false })
	}
	if !ownCommand {
		_, _ = trial.Run()
	}
	_, _ = trial.Health()
	_, _ = trial.Stop()
	_, _ = trial.Environment(nil, EnvOptions{})
	return needed
}

// SetFacts gives the facts that FactsNeeded lists their values. Those that are
// missing make their templates fail, like a parameter without a good value.
func (r *Resolved) SetFacts(needed []string, values map[string]string) {
	r.facts = map[string]value{}
	for _, name := range needed {
		text, ok := values[name]
		if r.facts[name] = factValue(text); !ok {
			r.absent[name] = true
		}
	}
}

// factValue is the value of a fact: a string that is not secret.
func factValue(text string) value {
	return value{Typed: profile.Typed{Text: text, Any: text}, set: true}
}

// fact is the value of a fact. A trial notes that it was looked up.
func (r *Resolved) fact(name string) value {
	if r.lookedUp == nil {
		return r.facts[name]
	}
	if !slices.Contains(*r.lookedUp, name) {
		*r.lookedUp = append(*r.lookedUp, name)
	}
	return factValue("fact")
}

// called names parameters and facts for a message.
func called(names []string) string {
	word := "parameter "
	if !slices.ContainsFunc(names, func(name string) bool { return !secrets.IsFact(name) }) {
		word = "fact "
	}
	return word + strings.Join(names, ", ")
}
