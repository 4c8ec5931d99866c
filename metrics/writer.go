package metrics

import (
	"errors"
	"io/fs"
	"time"

	"github.com/hashicorp/go-hclog"
)

// lastWriteLimit is how long the end of tsboot waits for the last write: a dead network file system never answers.
const lastWriteLimit = 500 * time.Millisecond

// A Writer keeps a file of metrics up to date. It writes at every change, and does nothing in between. A file that cannot
// be written is a warning and is tried again at the next change.
type Writer struct {
	Path    string          // absolute: the working directory changes
	Log     hclog.Logger    // must never block
	Changed <-chan struct{} // a token when something has changed; several changes may be one token
	Collect func() Metrics  // called by one goroutine; must not block

	warned map[string]bool // the errors since the file was last written
}

// Run writes the file now, at each change, and a last time when ended is closed. It returns soon after that, even where a
// write hangs; such a write is left behind.
func (w *Writer) Run(ended <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.loop(ended)
	}()
	<-ended
	limit := time.NewTimer(lastWriteLimit)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		w.Log.Warn("metrics file not written", "path", w.Path, "error", "the file system does not answer: the last write was given up")
	}
}

func (w *Writer) loop(ended <-chan struct{}) {
	removeLeftovers(w.Path)
	for {
		w.write()
		select {
		case <-w.Changed:
			continue
		case <-ended:
		}
		w.write()
		return
	}
}

// write warns once of each error, and again of one that comes back after the file could be written.
func (w *Writer) write() {
	m := w.Collect()
	err := replace(w.Path, m.Text(time.Now()))
	switch {
	case err == nil:
		if len(w.warned) > 0 {
			w.Log.Info("metrics file written again", "path", w.Path)
		}
		w.warned = nil
	case !w.warned[err.Error()]:
		if w.warned == nil {
			w.warned = map[string]bool{}
		}
		w.warned[err.Error()] = true
		w.Log.Warn("metrics file not written", "path", w.Path, "error", err, "fix", fix(err))
	}
}

// fix is what the operator can do.
func fix(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "make the directory, or mount it into the container"
	case errors.Is(err, fs.ErrPermission):
		return "let the user of tsboot write in the directory"
	}
	return "give a path in a directory that can be written"
}
