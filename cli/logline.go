package cli

import (
	"bytes"
	"io"
	"slices"

	"github.com/tsboot/tsboot/cli/terminal"
)

// Show draws a text below the log, in place of the one before; an empty text takes it away. It never waits: Flush does.
// Where the log does not go to a terminal it does nothing.
func (l *LogWriter) Show(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.screen != nil && !l.closed && text != l.line {
		l.line = text
		l.wakeUp()
	}
}

// draw makes the line on the terminal the one that Show was given last.
func (l *LogWriter) draw(w io.Writer) {
	l.mu.Lock()
	line := l.line
	if line == l.drawn || l.partial {
		l.mu.Unlock()
		return
	}
	text := terminal.Erase
	if line != "" {
		text = l.screen.Line(line)
	}
	if text != "" { // else another job has the terminal
		l.drawn = line
	}
	l.mu.Unlock()
	_, _ = io.WriteString(w, text)
}

// below is a text of the log as it is written: in place of the line, which is drawn again after it.
func (l *LogWriter) below(text []byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drawn != "" {
		l.drawn = ""
		text = slices.Concat([]byte(terminal.Erase), text)
	}
	l.partial = !bytes.HasSuffix(text, []byte("\n"))
	return text
}

// passage is a writer whose text goes the way of the log, so that the line below it does not mix with it.
type passage struct{ log *LogWriter }

// Passage is the way for the output of other programs. A write waits until the text is written, as one to the terminal
// itself would.
func (l *LogWriter) Passage() io.Writer { return passage{l} }

// Write never fails, and drops nothing but what comes after Close.
func (p passage) Write(text []byte) (int, error) {
	l, mark := p.log, make(chan struct{})
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return len(text), nil
	}
	l.put(entry{text: bytes.Clone(text)})
	l.put(entry{mark: mark})
	l.mu.Unlock()
	<-mark
	return len(text), nil
}
