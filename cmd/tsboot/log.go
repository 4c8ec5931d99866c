package main

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/supervisor"
)

const (
	logQueueLines   = 256                    // lines kept for a standard error that is slow
	logPatience     = 250 * time.Millisecond // how long a line waits for room when the queue is full
	logFlushTimeout = 250 * time.Millisecond // how long an exit waits for the last lines
	logLineLimit    = 64 << 10               // of the worker's log: what is longer is cut into several lines
)

// logWriter hands lines to a writer that may block (a full pipe, a stopped terminal) without making the caller wait for
// more than a moment: PID 1 that waits for its log cannot stop its agent. What does not fit is dropped and counted.
type logWriter struct {
	lines   chan []byte
	flush   chan chan struct{}
	ended   chan struct{}
	blocked atomic.Bool // the queue was full for a moment, and has not moved since
	dropped atomic.Int64
}

func newLogWriter(w io.Writer) *logWriter {
	l := &logWriter{lines: make(chan []byte, logQueueLines), flush: make(chan chan struct{}), ended: make(chan struct{})}
	go l.loop(w)
	return l
}

// Write takes one line or several, which stay together.
func (l *logWriter) Write(p []byte) (int, error) {
	lines := append([]byte(nil), p...) // the caller owns p again after Write
	select {
	case l.lines <- lines:
		l.blocked.Store(false)
		return len(p), nil
	default:
	}
	if l.blocked.Load() || !l.waitForRoom(lines) {
		l.dropped.Add(int64(bytes.Count(lines, []byte("\n"))))
	}
	return len(p), nil
}

// waitForRoom gives a reader that is only slow some time: a burst of lines is not lost.
func (l *logWriter) waitForRoom(lines []byte) bool {
	timeout := time.NewTimer(logPatience)
	defer timeout.Stop()
	select {
	case l.lines <- lines:
		return true
	case <-timeout.C:
		l.blocked.Store(true)
		return false
	}
}

// loop ends with stop, unless a write blocks for ever: that cannot be ended, only left behind.
func (l *logWriter) loop(w io.Writer) {
	supervisor.Undisturbed()
	for {
		select {
		case line := <-l.lines:
			l.write(w, line)
		case done := <-l.flush:
			for len(l.lines) > 0 {
				l.write(w, <-l.lines)
			}
			close(done)
		case <-l.ended:
			return
		}
	}
}

// stop ends the loop; nothing may be written any more.
func (l *logWriter) stop() { close(l.ended) }

// write ignores the error: there is nowhere left to report that standard error is closed.
func (l *logWriter) write(w io.Writer, line []byte) {
	_, _ = w.Write(line)
	if n := l.dropped.Swap(0); n > 0 {
		_, _ = fmt.Fprintf(w, "tsboot: %d log lines dropped: standard error was blocked\n", n)
	}
}

// Flush waits until all lines so far are written, or for a moment when standard error is blocked.
func (l *logWriter) Flush() {
	timeout := time.NewTimer(logFlushTimeout)
	defer timeout.Stop()
	done := make(chan struct{})
	select {
	case l.flush <- done:
	case <-timeout.C:
		return
	}
	select {
	case <-done:
	case <-timeout.C:
	}
}

// A lineWriter hands on the log of the worker, which comes in any pieces, as whole lines: nothing of ours comes between.
type lineWriter struct {
	to   io.Writer
	mu   sync.Mutex // what the worker left behind may still write
	part []byte     // of a line
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	whole := bytes.LastIndexByte(p, '\n') + 1
	if whole > 0 {
		_, _ = w.to.Write(append(w.part, p[:whole]...))
		w.part = nil
	}
	w.part = append(w.part, p[whole:]...)
	if len(w.part) > logLineLimit {
		w.flushPart()
	}
	return len(p), nil
}

// end hands on what is no whole line.
func (w *lineWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushPart()
}

func (w *lineWriter) flushPart() {
	if len(w.part) > 0 {
		_, _ = w.to.Write(append(w.part, '\n'))
		w.part = nil
	}
}

func newLogger(s *settings, w io.Writer) hclog.Logger {
	return durationLog{hclog.New(&hclog.LoggerOptions{
		Name:       "tsboot",
		Level:      hclog.LevelFromString(s.logLevel),
		JSONFormat: s.logFormat == formatJSON,
		Output:     w,
	})}
}
