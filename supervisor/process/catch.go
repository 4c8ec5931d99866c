//go:build linux

package process

import (
	"os"
	"os/signal"
	"slices"

	"golang.org/x/sys/unix"
)

// CatchSignals takes every signal that Go delivers. Never signal.Ignore: an
// ignored signal stays ignored in the agent. SIGPROF the runtime swallows, and
// 32 to 34 it leaves to the threading libraries of C: those are not forwarded,
// or only if they find the main thread waiting; if not, 32 and 34 end a tsboot
// that is not PID 1. The runtime's handler would be no help: for a signal that
// it does not know as its own it restores the default and dies of it.
//
// Each one costs the runtime two switches between threads, a millisecond for
// all. So those by which people stop a program, and those that tsboot itself may
// cause, are caught now, and the rest while the boot goes on: the channel that
// is returned is closed when all are.
func CatchSignals(signals, chld chan os.Signal) <-chan struct{} {
	forgetIgnored()
	signal.Notify(chld, unix.SIGCHLD)
	first := []os.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT, unix.SIGPIPE}
	signal.Notify(signals, first...)
	all := make(chan struct{})
	go func() {
		defer close(all)
		signal.Notify(signals, otherSignals(first)...)
	}()
	return all
}

// otherSignals are all that can be caught, except SIGCHLD and those given.
func otherSignals(except []os.Signal) []os.Signal {
	var others []os.Signal
	for n := 1; n <= int(MaxSignal); n++ {
		switch sig := unix.Signal(n); {
		case sig == unix.SIGKILL, sig == unix.SIGSTOP, sig == unix.SIGCHLD, n >= 32 && n <= 34:
		case slices.Contains(except, os.Signal(sig)):
		default:
			others = append(others, sig)
		}
	}
	return others
}
