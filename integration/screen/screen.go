// Package screen draws what a terminal showed as an SVG picture: text that can be selected, on a dark ground that can be
// read on a light page, too, in whatever fixed-width font the reader has.
package screen

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// The measures of the picture, in pixels. A character of a fixed-width font is 0.6 of its size wide.
const (
	fontSize   = 14
	charWidth  = 8.4
	lineHeight = 20
	margin     = 16
	titleBar   = 32
)

// Columns is the width of the terminal: what is longer goes on in the next line.
const Columns = 112

const head = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img">
<title>%[3]s</title>
<style>
text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: %[4]dpx; fill: #e6edf3; white-space: pre; }
.bold { font-weight: bold; } .faint { fill: #8b949e; } .red { fill: #ff7b72; } .green { fill: #56d364; } .yellow { fill: #e3b341; }
.blue { fill: #79c0ff; } .magenta { fill: #d2a8ff; } .cyan { fill: #56d4dd; }
</style>
<rect x="0.5" y="0.5" width="%[5]d" height="%[6]d" rx="8" fill="#0d1117" stroke="#6e7681"/>
<circle cx="20" cy="17" r="5" fill="#ff5f57"/><circle cx="38" cy="17" r="5" fill="#febc2e"/><circle cx="56" cy="17" r="5" fill="#28c840"/>
`

// SVG draws a text with the colours that a terminal would show (SGR sequences). The title is for those who cannot see it.
func SVG(title, text string) string {
	var lines [][]run
	var now style
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		var runs []run
		runs, now = split(line, now)
		lines = append(lines, wrap(runs)...)
	}
	columns := float64(Columns)
	width, height := int(columns*charWidth)+2*margin, titleBar+len(lines)*lineHeight+margin
	var b strings.Builder
	fmt.Fprintf(&b, head, width, height, html.EscapeString(title), fontSize, width-1, height-1)
	for i, runs := range lines {
		used := 0
		var spans strings.Builder
		for _, r := range runs {
			used += utf8.RuneCountInString(r.text)
			if class := r.style.class(); class != "" {
				fmt.Fprintf(&spans, `<tspan class="%s">%s</tspan>`, class, html.EscapeString(r.text))
			} else {
				spans.WriteString(html.EscapeString(r.text))
			}
		}
		if used > 0 {
			// textLength keeps the columns of all lines in place, whatever the font.
			fmt.Fprintf(&b, `<text x="%d" y="%d" textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve">%s</text>`+"\n",
				margin, titleBar+i*lineHeight+lineHeight-5, float64(used)*charWidth, spans.String())
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// wrap breaks a line where a terminal does: at its last column.
func wrap(runs []run) [][]run {
	lines, room := [][]run{nil}, Columns
	for _, r := range runs {
		for text := []rune(r.text); len(text) > 0; {
			if room == 0 {
				lines, room = append(lines, nil), Columns
			}
			n := min(room, len(text))
			lines[len(lines)-1] = append(lines[len(lines)-1], run{string(text[:n]), r.style})
			text, room = text[n:], room-n
		}
	}
	return lines
}
