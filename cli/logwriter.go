package cli

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tsboot/tsboot/cli/terminal"
)

const (
	logQueueBytes = 1 << 20                // kept for a standard error that is slow; what is longer is dropped
	flushPatience = 250 * time.Millisecond // how long Flush waits for the next line to be written
	flushLimit    = time.Second            // how long Flush waits in all
)

// LogWriter hands lines to a writer that may block (a full pipe, a stopped terminal) and never makes its caller wait:
// a process 1 that waits for its log cannot stop its agent. Up to 1 MiB is kept for a writer that is slow or blocked;
// what does not fit is dropped, counted, and the count is written when the writer takes lines again.
//
// The writing is done by one thread that blocks all signals: a write to a terminal from the background then does not
// stop the process (stty tostop). Against a closed pipe the program has to catch SIGPIPE itself: the Go runtime ends a
// program that does not, when a write to its standard error fails with EPIPE.
//
// On a terminal the same thread draws a line below the log, which updates in place: so the two never mix.
//
// All methods may be called from any goroutine.
type LogWriter struct {
	program string
	screen  *terminal.Screen // nil: no line is drawn
	wake    chan struct{}    // has a token when there may be something to write; closed by Close
	ended   chan struct{}    // closed when the thread has ended

	mu      sync.Mutex
	queue   []entry
	size    int  // bytes in queue
	dropped int  // lines since the last one that was written
	written int  // entries, in all
	closed  bool // Close was called: wake is closed

	line    string // to be drawn below the log; empty: none
	drawn   string // the line that is there
	partial bool   // what was written last does not end with a newline: no line can follow
}

// entry is what one call of Write had, or the mark of a Flush.
type entry struct {
	text []byte
	mark chan struct{} // closed when all entries before it are written
}

// NewLogWriter starts the thread that writes to w. The name of the program is for the line that counts what was dropped.
// screen is the terminal that w writes to; nil: Show does nothing. Close ends the thread.
func NewLogWriter(p Program, w io.Writer, screen *terminal.Screen) *LogWriter {
	l := &LogWriter{program: p.Name, screen: screen, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go l.loop(w)
	return l
}

// Screen says whether lines are drawn.
func (l *LogWriter) Screen() bool { return l.screen != nil }

// Write takes one line or several, which stay together. It never waits and never fails. After Close it drops them.
func (l *LogWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return len(p), nil
	}
	if l.size > 0 && l.size+len(p) > logQueueBytes {
		l.dropped += bytes.Count(p, []byte("\n"))
		return len(p), nil
	}
	l.put(entry{text: bytes.Clone(p)}) // the caller owns p again after Write
	return len(p), nil
}

// put is called with the lock held, and not after Close.
func (l *LogWriter) put(e entry) {
	l.queue = append(l.queue, e)
	l.size += len(e.text)
	l.wakeUp()
}

func (l *LogWriter) wakeUp() {
	select {
	case l.wake <- struct{}{}:
	default: // it has a token
	}
}

// Flush waits until all lines so far are written. It gives up when no line was written for 250 ms, and after a second
// in any case: standard error is blocked, or too slow.
func (l *LogWriter) Flush() {
	mark := make(chan struct{})
	l.mu.Lock()
	before := l.written
	if l.closed {
		close(mark)
	} else {
		l.put(entry{mark: mark})
	}
	l.mu.Unlock()
	limit, patience := time.NewTimer(flushLimit), time.NewTicker(flushPatience)
	defer limit.Stop()
	defer patience.Stop()
	for {
		select {
		case <-mark:
			return
		case <-limit.C:
			return
		case <-patience.C:
			now := l.progress()
			if now == before {
				return
			}
			before = now
		}
	}
}

func (l *LogWriter) progress() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written
}

// Close ends the thread as soon as it has written what is in the queue. It does not wait for that: Flush does. A write
// that blocks for ever is left behind.
func (l *LogWriter) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed, l.line = true, ""
		close(l.wake)
	}
}

func (l *LogWriter) loop(w io.Writer) {
	defer close(l.ended)
	blockSignals()
	for range l.wake {
		l.drain(w)
	}
	l.drain(w)
}

// drain writes until the queue is empty, and then the line below the log. It ignores errors: there is nowhere left to report
// that standard error is closed.
func (l *LogWriter) drain(w io.Writer) {
	for e, ok := l.next(); ok; e, ok = l.next() {
		if e.mark != nil {
			l.draw(w)
			close(e.mark)
			continue
		}
		_, _ = w.Write(l.below(e.text))
		if n := l.wrote(); n > 0 {
			_, _ = fmt.Fprintf(w, "%s: %d log lines dropped: standard error was blocked\n", l.program, n)
		}
	}
	l.draw(w)
}

func (l *LogWriter) next() (e entry, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.queue = nil // what a burst needed is given back
		return entry{}, false
	}
	e, l.queue[0] = l.queue[0], entry{}
	l.queue = l.queue[1:]
	l.size -= len(e.text)
	return e, true
}

// wrote counts a line that was written. It returns how many were dropped since the last one.
func (l *LogWriter) wrote() (dropped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written++
	dropped, l.dropped = l.dropped, 0
	return dropped
}
