package profile

import (
	"strings"

	"github.com/tsboot/tsboot/cli/strictyaml"
)

// Kind says what a fault means for a boot. It is a word and not a number:
// which exit code a kind has is for the program to say.
type Kind string

// Kinds of faults, which an Error has. The zero Kind is that of a warning: a boot
// goes on.
const (
	Usage       Kind = "usage"        // a wrong profile file, flag or variable
	Invalid     Kind = "invalid"      // a parameter is missing, ambiguous or breaks its rule
	CannotWrite Kind = "cannot-write" // a file cannot be written, as its base cannot be read
)

// Pos is a place in a profile file. The zero Pos says that a fault has none.
type Pos = strictyaml.Pos

// Problem is one fault and what can be done about it. It never has the value of a
// secret in it.
type Problem struct {
	Code string // of the Catalogue, e.g. "parameter-missing"
	Pos  Pos    // where in the profile file, if the fault is there
	What string // what is wrong
	Fix  string // what the operator can do; may be empty
}

// String gives the problem on one line: place, what, fix.
func (p Problem) String() string {
	return strictyaml.Problem{Pos: p.Pos, What: p.What, Fix: p.Fix}.String()
}

// Error is all that is wrong: a function that returns one goes on after the first
// fault, to report them together.
type Error struct {
	Kind     Kind
	Problems []Problem
}

// Error gives each problem a line of its own.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// AsError makes an *Error of the problems, or nil when there are none.
func AsError(kind Kind, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &Error{Kind: kind, Problems: problems}
}
