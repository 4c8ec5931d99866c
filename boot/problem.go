package boot

import (
	"errors"
	"strings"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
	"github.com/tsboot/tsboot/supervisor"
)

// A Problem is one fault, or one warning, and its fix. It never holds the value of a parameter.
type Problem struct {
	Code    string // of docs/errors.md
	Kind    Kind   // None of a warning
	Section string // of the report of check: flags, profile, sources, parameters, facts, environment, files, commands
	What    string
	Fix     string
	Allow   []ssm.IAMStatement // statements to add to a policy; nil: none would help

	// Concerns are what has this cause, or what it stops; nil: the problem stands for itself.
	Concerns []Concern
	Cause    Cause
	Note     string // at the end of What, also where other findings have the same cause
	Joined   bool   // What is what the Concerns share
}

// problemsOf takes an error apart: what it says of fault and fix, and its kind.
func problemsOf(err error) []Problem {
	var (
		fetch  *secrets.Error
		config *configgen.Error
		write  *fileset.WriteError
		size   *supervisor.SizeError
	)
	p := Problem{Kind: KindOf(err), What: err.Error(), Code: CodeOf(err)}
	switch {
	case errors.As(err, &config):
		return configProblems(config)
	case errors.As(err, &fetch):
		p.Fix = fetch.Fix
		p.What = strings.TrimSuffix(fetch.Op+" "+fetch.Resource, " ") + ": " + fetch.Detail
		p.Cause = causeOfFetch(fetch)
		if statement, ok := ssm.Grant(fetch); ok {
			p.Allow = []ssm.IAMStatement{statement}
		}
	case errors.As(err, &write):
		p.Fix = write.Fix
		p.What = "write " + write.Path + ": " + write.Op + ": " + write.Err.Error()
		p.Cause = Cause{About: "write " + write.Path, Text: write.Op + ": " + write.Err.Error(), Fix: write.Fix}
	case errors.As(err, &size): // of a setup step, too
		p.Code = codeTooLarge
	}
	if p.Fix == "" {
		p.Fix = EntryOf(p.Code).Do
	}
	return []Problem{p}
}

func configProblems(err *configgen.Error) []Problem {
	list := make([]Problem, len(err.Problems))
	for i, p := range err.Problems {
		list[i] = configProblem(p, Kind(err.Kind))
	}
	return list
}

func configProblem(p configgen.Problem, kind Kind) Problem {
	what := p.What
	if at := p.Pos.String(); at != "" {
		what = at + ": " + what
	}
	return Problem{Code: p.Code, Kind: kind, What: what, Fix: p.Fix}
}
