package strictyaml

import (
	"fmt"
	"sort"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// Pos is a place in a file. The zero Pos says that a fault has none.
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

// Problem is one fault of a file, and what can be done about it.
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

// Sort puts problems in the order of their places.
func Sort(problems []Problem) {
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
}

// Nearest is the fix for an unknown word: the nearest known word, or all of them.
func Nearest(word string, known []string) string {
	switch best := secrets.Nearest(Clip(word), known); {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return "there is none"
	}
	return "known: " + strings.Join(known, ", ")
}

// Clip shortens what a message quotes.
func Clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
