package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
)

const (
	logQueueLines   = 256                    // lines kept for a standard error that is slow
	logFlushTimeout = 250 * time.Millisecond // how long an exit waits for the last lines
)

// logWriter hands lines to a writer that may block (a full pipe, a stopped terminal) without ever making
// the caller wait: PID 1 that waits for its log cannot stop its agent. What does not fit is dropped and counted.
type logWriter struct {
	lines   chan []byte
	flush   chan chan struct{}
	ended   chan struct{}
	dropped atomic.Int64
}

func newLogWriter(w io.Writer) *logWriter {
	l := &logWriter{lines: make(chan []byte, logQueueLines), flush: make(chan chan struct{}), ended: make(chan struct{})}
	go l.loop(w)
	return l
}

func (l *logWriter) Write(p []byte) (int, error) {
	select {
	case l.lines <- append([]byte(nil), p...): // the caller owns p again after Write
	default:
		l.dropped.Add(1)
	}
	return len(p), nil
}

// loop ends with stop, unless a write blocks for ever: that cannot be ended, only left behind.
func (l *logWriter) loop(w io.Writer) {
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

func newLogger(s *settings, w io.Writer) hclog.Logger {
	return durationLog{hclog.New(&hclog.LoggerOptions{
		Name:       "tsboot",
		Level:      hclog.LevelFromString(s.logLevel),
		JSONFormat: s.logFormat == formatJSON,
		Output:     w,
	})}
}
