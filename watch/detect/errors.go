package detect

import (
	"fmt"
	"sort"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// Pos is a place in a rule file. The zero Pos says that a fault has none.
type Pos struct {
	File         string
	Line, Column int // from 1; the column counts characters
}

// String gives file:line:column, or "" for the zero Pos.
func (p Pos) String() string {
	if p.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one fault of rules, and what can be done about it.
type Problem struct {
	Pos  Pos
	What string
	Fix  string // may be empty
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
	sort.SliceStable(problems, func(i, j int) bool {
		a, b := problems[i].Pos, problems[j].Pos
		switch {
		case a.File != b.File:
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	return &Error{Problems: problems}
}

// nearest is the fix for an unknown word: the nearest known word, or all of them.
func nearest(word string, known []string) string {
	switch best := secrets.Nearest(clip(word), known); {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return "there is none"
	}
	return "known: " + strings.Join(known, ", ")
}

// clip shortens what a message quotes.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
