package configgen

import (
	"fmt"
	"strings"
)

// Kind says whose mistake an Error is; its number is tsboot's exit code.
type Kind int

const (
	// Usage is a wrong profile file, flag or variable (exit code 64).
	Usage Kind = 64
	// Invalid is a parameter that is missing, ambiguous or breaks its rule
	// (exit code 78).
	Invalid Kind = 78
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

// ExitCode is the code that tsboot ends with.
func (e *Error) ExitCode() int { return int(e.Kind) }

// asError gives nil when nothing is wrong.
func asError(kind Kind, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &Error{Kind: kind, Problems: problems}
}
