//go:build linux

package supervisor

import (
	"os"
	"os/signal"
	"slices"

	"golang.org/x/sys/unix"
)

// signalBacklog is how many signals may wait while a process is being started.
// Notify drops what does not fit; the kernel keeps one of each number below 32.
const signalBacklog = 512

// catchSignals has the runtime take signals for us: with a loop on the main
// thread, which gets the others itself, only those that the runtime must see.
// Never signal.Ignore: an ignored signal stays ignored in the agent.
//
// Each one costs the runtime two switches between threads, so what is not
// urgent is caught while the boot goes on. The channel that is returned is
// closed when all is done.
func catchSignals(signals, chld chan os.Signal, main bool) <-chan struct{} {
	urgent := []os.Signal{unix.SIGPIPE} // a write to a closed standard error
	rest := faults
	if !main {
		signal.Notify(chld, unix.SIGCHLD)
		urgent = append(urgent, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT)
		rest = plainSignals()
	}
	signal.Notify(signals, urgent...)
	all := make(chan struct{})
	go func() {
		defer close(all)
		for _, sig := range rest {
			signal.Notify(signals, sig)
		}
		if !main {
			catchRaw(32) // the runtime leaves them to the threading libraries of C,
			catchRaw(34) // and they would kill us
		}
	}()
	return all
}

// plainSignals are all that os/signal delivers. SIGPROF the runtime swallows.
func plainSignals() []unix.Signal {
	var all []unix.Signal
	for sig := unix.Signal(1); sig <= unix.Signal(sigRTMax); sig++ {
		if sig != unix.SIGKILL && sig != unix.SIGSTOP && sig != unix.SIGCHLD && (sig < 32 || sig > 34) {
			all = append(all, sig)
		}
	}
	return all
}

// signalRules is what is done with a signal before it reaches the agent.
type signalRules struct {
	rewrite    map[Signal]Signal
	stopOn     []Signal
	refresh    Signal
	forwardURG bool
}

// signalUse is what a signal means to us.
type signalUse int

const (
	useDrop signalUse = iota
	useForward
	useStop
	useRefresh
)

// classify applies the rules; rewriting comes first. foreign tells that the
// signal is known to come from another process.
func (r signalRules) classify(came Signal, foreign bool) (Signal, signalUse) {
	switch {
	case foreign:
	case came == Signal(unix.SIGPIPE):
		return came, useDrop // our own writes to a closed pipe look the same
	case came == Signal(unix.SIGURG) && !r.forwardURG:
		return came, useDrop
	}
	sig := came
	if to, ok := r.rewrite[came]; ok {
		sig = to
	}
	switch {
	case sig == 0:
		return sig, useDrop
	case slices.Contains(r.stopOn, sig):
		return sig, useStop
	case sig == r.refresh:
		return sig, useRefresh
	}
	return sig, useForward
}

// suspends tells the signals by which a terminal's job control stops a job.
func suspends(sig Signal) bool {
	switch unix.Signal(sig) {
	case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		return true
	}
	return false
}
