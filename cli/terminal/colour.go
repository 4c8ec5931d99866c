// Package terminal is what a program of this module knows of the terminal that it prints to: whether it may print in
// colours, and how wide it is. It knows no program and reads no environment by itself.
package terminal

import (
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// Is says whether a file is a terminal.
func Is(file *os.File) bool { return isatty.IsTerminal(file.Fd()) }

// Coloured says whether a program may print in colours to a file, by the environment as os.Environ gives it: on a terminal
// that can move its cursor, unless NO_COLOR is set and not empty (no-color.org). Each output is asked about by itself.
func Coloured(file *os.File, environ []string) bool {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, "NO_COLOR="); ok && value != "" {
			return false
		}
	}
	return Is(file) && !dumb(environ)
}

// dumb says whether the terminal only prints: it has no colours and cannot move its cursor.
func dumb(environ []string) bool {
	for _, entry := range environ {
		if entry == "TERM=dumb" {
			return true
		}
	}
	return false
}

// A Palette colours words by what they mean. The zero Palette leaves them as they are.
type Palette struct{ coloured bool }

// NewPalette is for an output that is coloured, see Coloured, or is not.
func NewPalette(coloured bool) Palette { return Palette{coloured} }

// PaletteOf is the palette of a file.
func PaletteOf(file *os.File, environ []string) Palette { return NewPalette(Coloured(file, environ)) }

// Good is for what is as it should be.
func (p Palette) Good(text string) string { return p.paint("32", text) }

// Bad is for what is wrong.
func (p Palette) Bad(text string) string { return p.paint("31", text) }

// Unsure is for what a person should look at.
func (p Palette) Unsure(text string) string { return p.paint("33", text) }

// Strong is for what is read first.
func (p Palette) Strong(text string) string { return p.paint("1", text) }

func (p Palette) paint(how, text string) string {
	if !p.coloured || text == "" {
		return text
	}
	return "\x1b[" + how + "m" + text + "\x1b[0m"
}
