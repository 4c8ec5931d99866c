package detect

import (
	"strings"

	"github.com/tsboot/tsboot/cli/strictyaml"
)

// Pos is a place in a rule file. The zero Pos says that a fault has none.
type Pos = strictyaml.Pos

// Problem is one fault of rules, and what can be done about it.
type Problem = strictyaml.Problem

// Error is all that is wrong with rules: reading goes on after the first fault, to report them together. It is wrong usage.
type Error struct{ Problems []Problem }

// Error gives each problem a line of its own.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// asError makes an *Error of the problems, in the order of their places; nil when there are none.
func asError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	strictyaml.Sort(problems)
	return &Error{Problems: problems}
}
