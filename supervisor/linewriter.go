package supervisor

import (
	"bytes"
	"io"
	"sync"
)

// lineLimit is how long a line may be; a longer one is cut into several.
const lineLimit = 64 << 10

// LineWriter hands on the log of another process, which comes in pieces of any size, as whole lines, so that a line of
// the process itself does not come between. It may be used from several goroutines.
type LineWriter struct {
	to   io.Writer
	mu   sync.Mutex
	part []byte // of a line
}

// NewLineWriter makes a LineWriter that hands lines to the writer to.
func NewLineWriter(to io.Writer) *LineWriter { return &LineWriter{to: to} }

// Write hands on what is whole and keeps the rest. It never fails.
func (w *LineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	whole := bytes.LastIndexByte(p, '\n') + 1
	if whole > 0 {
		_, _ = w.to.Write(append(w.part, p[:whole]...))
		w.part = nil
	}
	w.part = append(w.part, p[whole:]...)
	if len(w.part) > lineLimit {
		w.flushPart()
	}
	return len(p), nil
}

// End hands on what is not a whole line. It may be called several times.
func (w *LineWriter) End() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushPart()
}

func (w *LineWriter) flushPart() {
	if len(w.part) > 0 {
		_, _ = w.to.Write(append(w.part, '\n'))
		w.part = nil
	}
}
