package main

import (
	"errors"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/supervisor"
)

// exitCodes are the exit codes of tsboot itself, from sysexits.h where one fits; what each kind means for an
// orchestrator that may start the container again stands beside it in package boot. The agent's own code, or
// exitSignalBase plus n when it died by signal n, passes through untouched.
var exitCodes = map[boot.Kind]int{
	boot.None:          0,
	boot.Usage:         64,
	boot.Unavailable:   69,
	boot.Bug:           70,
	boot.Survivors:     71,
	boot.CannotWrite:   73,
	boot.CrashLoop:     75, // of an agent whose own code was 0
	boot.SetupFailed:   76,
	boot.Denied:        77,
	boot.Invalid:       78,
	boot.CannotExecute: 126,
	boot.NotFound:      127,
}

const exitSignalBase = 128 // plus n: ended by signal n

// exitCode maps the error that ended a command to the code tsboot exits with.
func exitCode(err error) int {
	kind := boot.KindOf(err)
	if kind == boot.Stopped {
		var stop *supervisor.StopError
		if errors.As(err, &stop) {
			return exitSignalBase + int(stop.Signal)
		}
	}
	if kind == boot.CrashLoop {
		var gaveUp *supervisor.GaveUpError
		if errors.As(err, &gaveUp) && gaveUp.Status.ExitCode() != 0 {
			return gaveUp.Status.ExitCode()
		}
	}
	return exitOf(kind)
}

// exitOf is the exit code of a kind; one that the table lacks is a bug.
func exitOf(kind boot.Kind) int {
	if code, ok := exitCodes[kind]; ok {
		return code
	}
	return exitCodes[boot.Bug]
}
