//go:build linux

package supervisor

import (
	"slices"

	"golang.org/x/sys/unix"
)

// signalRules is what is done with a signal before it reaches the agent.
type signalRules struct {
	rewrite    map[Signal]Signal
	stopOn     []Signal
	refresh    Signal
	forwardURG bool
}

// signalUse is what is done with a signal.
type signalUse int

const (
	useDrop signalUse = iota
	useForward
	useStop
	useRefresh
)

// classify applies the rules; rewriting comes first. foreign means that the
// signal is known to come from another process.
func (r signalRules) classify(came Signal, foreign bool) (Signal, signalUse) {
	switch {
	case foreign:
	case came == Signal(unix.SIGPIPE):
		return came, useDrop // tsboot's own writes to a closed pipe look the same
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

// suspends reports whether a terminal's job control stops a job by the signal.
func suspends(sig Signal) bool {
	switch unix.Signal(sig) {
	case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		return true
	}
	return false
}
