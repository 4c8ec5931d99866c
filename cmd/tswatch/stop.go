package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// outliveBrokenPipes makes a write to a pipe that nobody reads an error, not the end of the process.
func outliveBrokenPipes() { signal.Ignore(unix.SIGPIPE) }

// signals is an actor for a run group. It ends at a stop signal, and calls reopen at each SIGHUP.
func signals(reopen func()) (execute func() error, interrupt func(error)) {
	came, ended := make(chan os.Signal, 8), make(chan struct{})
	signal.Notify(came, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	execute = func() error {
		defer signal.Stop(came)
		for {
			select {
			case <-ended:
				return nil
			case s := <-came:
				if s != unix.SIGHUP {
					return nil
				}
				reopen()
			}
		}
	}
	return execute, func(error) { close(ended) }
}
