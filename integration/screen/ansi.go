package screen

import (
	"regexp"
	"strconv"
	"strings"
)

// style is how a terminal shows text.
type style struct {
	bold, faint bool
	colour      string
}

// run is text of one style.
type run struct {
	text  string
	style style
}

func (s style) class() string {
	var classes []string
	if s.bold {
		classes = append(classes, "bold")
	}
	if s.faint {
		classes = append(classes, "faint")
	}
	if s.colour != "" {
		classes = append(classes, s.colour)
	}
	return strings.Join(classes, " ")
}

// colours are those of SGR 30 to 37 and 90 to 97. Black and white are the ground and the text.
var colours = []string{"faint", "red", "green", "yellow", "blue", "magenta", "cyan", ""}

var (
	sequence = regexp.MustCompile("\x1b\\[([0-9;]*)m")
	control  = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-ln-z]|\r")
)

// split takes a line apart. It begins with a style, and gives the one with which the next line begins.
func split(line string, now style) ([]run, style) {
	line = control.ReplaceAllString(line, "")
	var runs []run
	add := func(text string) {
		if text != "" {
			runs = append(runs, run{text, now})
		}
	}
	rest := 0
	for _, at := range sequence.FindAllStringSubmatchIndex(line, -1) {
		add(line[rest:at[0]])
		now = now.after(line[at[2]:at[3]])
		rest = at[1]
	}
	add(line[rest:])
	return runs, now
}

// after is the style when a sequence has been read.
func (s style) after(codes string) style {
	for code := range strings.SplitSeq(codes, ";") {
		n, _ := strconv.Atoi(code) // empty: 0
		switch {
		case n == 0:
			s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.faint = true
		case n == 22:
			s.bold, s.faint = false, false
		case n >= 30 && n <= 37:
			s.colour = colours[n-30]
		case n == 39:
			s.colour = ""
		case n >= 90 && n <= 97:
			s.colour = colours[n-90]
		}
	}
	return s
}

// Plain is a text without what a terminal takes for itself.
func Plain(text string) string {
	return sequence.ReplaceAllString(control.ReplaceAllString(text, ""), "")
}
