package help

import (
	"strings"
	"unicode/utf8"
)

// Width is how many columns a line of help has at most.
const Width = 100

// Text is the page for a terminal, in lines of at most Width columns. Only a line of code, or a word, that is longer than
// that stays longer.
func (p Page) Text() string {
	var b strings.Builder
	for i, block := range p {
		if i > 0 && !block.follows(p[i-1]) {
			b.WriteByte('\n')
		}
		for _, line := range block.text() {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.String()
}

// follows says whether a block stands right below the one before, without an empty line.
func (b Block) follows(before Block) bool {
	switch b.Kind {
	case Item:
		return before.Kind == Item && (b.Marker == "*") == (before.Marker == "*") || below(before)
	case Definition:
		return before.Kind == Definition || below(before)
	case Paragraph, Code, Table:
		return below(before)
	case Heading:
	}
	return false
}

// below says that a block stands under a heading within a page.
func below(before Block) bool { return before.Kind == Heading && before.Level > 1 }

func (b Block) text() []string {
	switch b.Kind {
	case Heading:
		if b.Level == 1 {
			return []string{strings.ToUpper(Plain(b.Text))}
		}
		return []string{Plain(b.Text) + ":"}
	case Definition:
		return definitionText("  "+Plain(b.Term), Plain(b.Text))
	case Item:
		return hang(b.Marker+" ", Wrap(Plain(b.Text), Width-len(b.Marker)-1))
	case Code:
		return indent("    ", b.Lines)
	case Table:
		return tableText(b.Rows)
	case Paragraph:
	}
	return Wrap(Plain(b.Text), Width)
}

// definitionColumn is where the text beside a term begins.
const definitionColumn = 28

// definitionText puts the text beside its term, or below one that is long.
func definitionText(term, text string) []string {
	lines := Wrap(text, Width-definitionColumn)
	if n := utf8.RuneCountInString(term); n <= definitionColumn-2 {
		return hang(term+strings.Repeat(" ", definitionColumn-n), lines)
	}
	return append([]string{term}, indent(strings.Repeat(" ", definitionColumn), lines)...)
}

// Wrap breaks a text between words.
func Wrap(text string, width int) []string {
	var lines []string
	line, columns := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if columns > 0 && columns+1+n > width {
			lines = append(lines, line)
			line, columns = "", 0
		}
		if columns > 0 {
			line += " "
			columns++
		}
		line += word
		columns += n
	}
	return append(lines, line)
}

// hang puts first before the first line and as many blanks before the others.
func hang(first string, lines []string) []string {
	indented := indent(strings.Repeat(" ", utf8.RuneCountInString(first)), lines)
	indented[0] = first + lines[0]
	return indented
}

func indent(by string, lines []string) []string {
	indented := make([]string, len(lines))
	for i, line := range lines {
		indented[i] = by + line
	}
	return indented
}
