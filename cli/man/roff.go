package man

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/cli/help"
)

// writer writes roff with the macros of man(7) that every reader of manual pages knows.
type writer struct {
	text bytes.Buffer
}

// macro writes a macro with its argument, if it has one, in quotes.
func (w *writer) macro(name string, argument ...string) {
	w.text.WriteString("." + name)
	for _, text := range argument {
		w.text.WriteString(` "` + strings.ReplaceAll(escape(text), `"`, `\(dq`) + `"`)
	}
	w.text.WriteByte('\n')
}

// columns is how long a line of the source is: longer ones are hard to read in a diff.
const columns = 80

// fill writes text that the reader's terminal fills.
func (w *writer) fill(text string) {
	for _, line := range help.Wrap(text, columns) {
		w.line(line)
	}
}

// line writes text as one line that is no macro.
func (w *writer) line(text string) {
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	w.text.WriteString(text + "\n")
}

// block writes a block, apart from what stands before it or right below a heading.
func (w *writer) block(b help.Block, apart bool) {
	switch b.Kind {
	case help.Heading:
		w.macro("SS", help.Plain(b.Text))
	case help.Paragraph:
		if apart {
			w.macro("PP")
		}
		w.fill(inline(b.Text))
	case help.Item:
		if b.Marker == "*" {
			w.text.WriteString(".IP \\(bu 3\n")
		} else {
			w.text.WriteString(".IP " + b.Marker + " 4\n")
		}
		w.fill(inline(b.Text))
	case help.Code:
		w.code(b.Lines, apart)
	case help.Table:
		w.table(b.Rows)
	case help.Definition:
		w.macro("TP")
		w.line(term(b.Term))
		w.fill(inline(b.Text))
	}
}

func (w *writer) code(lines []string, apart bool) {
	if apart {
		w.macro("PP")
	}
	w.text.WriteString(".RS 4\n.nf\n")
	for _, line := range lines {
		w.line(escape(line))
	}
	w.text.WriteString(".fi\n.RE\n")
}

// table writes each row as a definition of its first cell: a table as such is not shown well in a narrow terminal. A third
// column and those after it have their header before them.
func (w *writer) table(rows [][]string) {
	for _, row := range rows[1:] {
		w.macro("TP")
		w.line(term(row[0]))
		for i, cell := range row[1:] {
			if i > 0 {
				w.macro("br")
				cell = rows[0][i+1] + ": " + cell
			}
			w.fill(inline(cell))
		}
	}
}

// inline writes the inline marks of a text as fonts.
func inline(text string) string {
	var b strings.Builder
	for _, span := range help.Spans(text) {
		if span.Code || span.Bold {
			b.WriteString(`\fB` + escape(span.Text) + `\fR`)
		} else {
			b.WriteString(escape(span.Text))
		}
	}
	return b.String()
}

// term is what is defined: bold what is typed, the rest in italics.
func term(text string) string {
	var b strings.Builder
	for _, span := range help.Spans(text) {
		switch {
		case span.Code || span.Bold:
			b.WriteString(`\fB` + escape(span.Text) + `\fR`)
		case strings.Trim(span.Text, ", ") == "":
			b.WriteString(escape(span.Text))
		default:
			b.WriteString(`\fI` + escape(span.Text) + `\fR`)
		}
	}
	return b.String()
}

// escapes are the characters that roff takes for something else, or prints as another character.
var escapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// escape has every character of a text printed as it is; those beyond ASCII are named, so that no encoding matters.
func escape(text string) string {
	var b strings.Builder
	for _, r := range escapes.Replace(text) {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}
