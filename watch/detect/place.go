package detect

import (
	"strconv"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// place is where in the file the character at offset (in characters) of a scalar's value stands. The YAML reader only says
// where the scalar begins, and its value differs from the source: quotes, escapes, indentation and folded lines are gone.
// What both have in common is the order of the characters that are not white space, so these are counted.
func (r *reader) place(n *yaml.Node, offset int) Pos {
	before := 0
	for i, c := range []rune(n.Value) {
		if i < offset && !unicode.IsSpace(c) {
			before++
		}
	}
	w := walker{lines: r.lines, line: n.Line - 1, column: n.Column - 1, style: n.Style}
	w.open()
	last := r.At(n)
	for !w.end() {
		at := Pos{File: r.File, Line: w.line + 1, Column: w.column + 1}
		if !w.next() {
			continue
		}
		if before == 0 {
			return at
		}
		before--
		last = at
	}
	return last
}

// walker goes through the source of a scalar.
type walker struct {
	lines        [][]rune
	line, column int
	style        yaml.Style
}

// open goes past what stands before the first character of the value.
func (w *walker) open() {
	switch {
	case w.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		w.line, w.column = w.line+1, 0
	case w.style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		w.column++
	}
}

func (w *walker) end() bool { return w.line >= len(w.lines) }

// next goes past one character of the value, or past white space; it says which.
func (w *walker) next() (visible bool) {
	rest := w.lines[w.line][min(w.column, len(w.lines[w.line])):]
	if len(rest) == 0 {
		w.line, w.column = w.line+1, 0
		return false
	}
	c, size := rest[0], 1
	switch {
	case c == '\'' && w.style&yaml.SingleQuotedStyle != 0 && len(rest) > 1 && rest[1] == '\'':
		size = 2
	case c == '\\' && w.style&yaml.DoubleQuotedStyle != 0:
		c, size = unescape(rest)
	}
	w.column += size
	return !unicode.IsSpace(c)
}

// unescape reads one escape of a string in double quotes. A backslash that ends its line stands for nothing.
func unescape(rest []rune) (c rune, size int) {
	if len(rest) == 1 {
		return ' ', 1
	}
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[rest[1]]
	if digits > 0 && len(rest) >= 2+digits {
		code, _ := strconv.ParseUint(string(rest[2:2+digits]), 16, 32)
		return rune(code), 2 + digits
	}
	switch rest[1] {
	case 't', 'n', 'v', 'f', 'r', ' ', '_', 'N', 'L', 'P', '\t', '\r':
		return ' ', 2
	}
	return rest[1], 2
}
