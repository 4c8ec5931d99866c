package terminal

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// Erase removes the line that Screen.Line has drawn. The cursor then stands at its beginning.
const Erase = "\r\x1b[K"

// defaultWidth is that of a terminal that does not say how wide it is.
const defaultWidth = 80

// A Screen is a terminal on which a line can be drawn that updates in place. It is not changed after NewScreen.
type Screen struct{ file *os.File }

// NewScreen is nil where the file is not a terminal, or one that cannot move its cursor (TERM=dumb).
func NewScreen(file *os.File, environ []string) *Screen {
	if !Is(file) || dumb(environ) {
		return nil
	}
	return &Screen{file}
}

// Line is what to write to draw a text in the line of the cursor, in place of what stands there. It is cut off where the
// window ends, as it is now. It is empty where nothing may be drawn: another job has the terminal.
func (s *Screen) Line(text string) string {
	if !s.foreground() {
		return ""
	}
	width := s.Width() - 1 // a cursor behind the last column is at different places in different terminals
	return "\r" + Fit(text, width) + "\x1b[K"
}

// Width is how many columns the window has now.
func (s *Screen) Width() int { return Width(s.file) }

// Width is how many columns a terminal has now; 80 where it does not say, and for what is no terminal.
func Width(file *os.File) int {
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 {
		return defaultWidth
	}
	return int(size.Col)
}

// foreground says whether the terminal is this job's. A shell that has put the job into the background owns the line of
// the cursor. A terminal that is not the one of the session has no job control.
func (s *Screen) foreground() bool {
	group, err := unix.IoctlGetInt(int(s.file.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// Fit is the beginning of a text that takes at most so many columns. What is not printable ASCII is written as an escape:
// how many columns another letter takes depends on the terminal, and a control character would move the cursor.
func Fit(text string, columns int) string {
	var b strings.Builder
	for _, r := range text {
		one := string(r)
		if r < ' ' || r > '~' {
			one = escaped(r)
		}
		if b.Len()+len(one) > columns {
			break
		}
		b.WriteString(one)
	}
	return b.String()
}

func escaped(r rune) string {
	switch {
	case r == utf8.RuneError:
		return "?"
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
