package control

import (
	"errors"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

const (
	startPatience = 2 * time.Second        // for a start, after a stop was asked for
	handover      = 100 * time.Millisecond // of a signal, by the Go runtime
)

// ErrStopped says that a stop came during a start that does not end.
var ErrStopped = errors.New("stopped during the start: a file or a named pipe that it reads does not end")

// OutliveBrokenPipes makes a write to a pipe that nobody reads an error, not the end of the process.
func OutliveBrokenPipes() { signal.Ignore(unix.SIGPIPE) }

// Signals are heard from the first step of a start on, and to the end of the process: one that comes early is not lost, and none
// ends tswatch before its kernel rules are taken away. Its methods are called one after the other.
type Signals struct {
	came    <-chan os.Signal
	early   []os.Signal // came during the start
	stopped bool        // a stop was asked for
}

// Reactions are what signals do.
type Reactions struct{ Stop, Reopen, Hurry func() }

// HearSignals hears those of this process.
func HearSignals() *Signals {
	came := make(chan os.Signal, 8)
	signal.Notify(came, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	return SignalsFrom(came)
}

// SignalsFrom hears what comes from a channel.
func SignalsFrom(came <-chan os.Signal) *Signals { return &Signals{came: came} }

// Start runs what a start does, and keeps the signals that come meanwhile. After a stop a start that hangs, as one that opens a named
// pipe without a writer, is left behind: ErrStopped. So it takes nothing that must be given back.
func (s *Signals) Start(begin func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- begin() }()
	var patience <-chan time.Time
	for {
		select {
		case err := <-ended:
			return err
		case <-patience:
			return ErrStopped
		case came := <-s.came:
			s.early = append(s.early, came)
			if came != unix.SIGHUP && patience == nil {
				patience = time.After(startPatience)
			}
		}
	}
}

// Early handles what has come so far, so that a stop during the start comes before the first event.
func (s *Signals) Early(do Reactions) {
	for _, came := range s.early {
		s.react(came, do)
	}
	s.early = nil
	for {
		select {
		case came := <-s.came:
			s.react(came, do)
		default:
			return
		}
	}
}

// Obey handles signals until over is closed.
func (s *Signals) Obey(over <-chan struct{}, do Reactions) {
	for {
		select {
		case <-over:
			return
		case came := <-s.came:
			s.react(came, do)
		}
	}
}

// Stopped says at the end whether a stop was asked for. One that came together with the end is heard a moment later: the Go runtime
// hands signals over in a thread of its own.
func (s *Signals) Stopped() bool {
	nothing := func() {}
	late := time.After(handover)
	for !s.stopped {
		select {
		case came := <-s.came:
			s.react(came, Reactions{nothing, nothing, nothing})
		case <-late:
			return false
		}
	}
	return true
}

// react: the first SIGTERM or SIGINT stops, SIGHUP before that reopens. A second SIGTERM changes nothing, because orchestrators
// repeat it. A second SIGINT hurries: it comes from a person at a terminal.
func (s *Signals) react(came os.Signal, do Reactions) {
	switch {
	case s.stopped && came == unix.SIGINT:
		do.Hurry()
	case s.stopped:
	case came == unix.SIGHUP:
		do.Reopen()
	default:
		s.stopped = true
		do.Stop()
	}
}
