package configgen

import (
	"fmt"
	"strings"
)

// Kind says what a fault means for a boot. It is a word and not a number:
// which exit code a kind has is for the program to say.
type Kind string

// Kinds of faults. An Error has Usage or Invalid, a WriteError always has
// CannotWrite. The zero Kind is that of a warning: a boot goes on.
const (
	Usage       Kind = "usage"        // a wrong profile file, flag or variable
	Invalid     Kind = "invalid"      // a parameter is missing, ambiguous or breaks its rule
	CannotWrite Kind = "cannot-write" // a file cannot be put in its place
)

// Pos is a place in a profile file; the zero Pos is no place.
type Pos struct {
	File         string
	Line, Column int
}

// String gives file:line:column, or "" for no place.
func (p Pos) String() string {
	if p.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one thing that is wrong and what can be done about it. It never
// holds the value of a secret.
type Problem struct {
	Code string // kebab-case name for a catalogue, e.g. "parameter-missing"
	Pos  Pos    // where in the profile file, if it is the file's fault
	What string
	Fix  string
}

// String gives the problem on one line: place, what, fix.
func (p Problem) String() string {
	var b strings.Builder
	if at := p.Pos.String(); at != "" {
		b.WriteString(at + ": ")
	}
	b.WriteString(p.What)
	if p.Fix != "" {
		b.WriteString("; " + p.Fix)
	}
	return b.String()
}

// Error is everything that was found wrong in one go.
type Error struct {
	Kind     Kind
	Problems []Problem
}

// Error gives one problem a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// asError gives nil when nothing is wrong.
func asError(kind Kind, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &Error{Kind: kind, Problems: problems}
}
