package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// outliveBrokenPipes makes a write to a pipe that nobody reads an error, not the end of the process.
func outliveBrokenPipes() { signal.Ignore(unix.SIGPIPE) }

// signals are heard from the first step of a start on, and to the end of the process: one that comes early is not lost, and none
// ends tswatch before its kernel rules are taken away.
type signals struct{ came chan os.Signal }

func hearSignals() signals {
	s := signals{make(chan os.Signal, 8)}
	signal.Notify(s.came, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	return s
}

// obey handles signals until over is closed: the first SIGTERM or SIGINT stops, SIGHUP before that reopens. A second SIGTERM changes
// nothing, because orchestrators repeat it. A second SIGINT hurries: it comes from a person at a terminal.
func (s signals) obey(over <-chan struct{}, stop, reopen, hurry func()) {
	stopped := false
	for {
		select {
		case <-over:
			return
		case came := <-s.came:
			switch {
			case stopped && came == unix.SIGINT:
				hurry()
			case stopped:
			case came == unix.SIGHUP:
				reopen()
			default:
				stopped = true
				stop()
			}
		}
	}
}
