package control

import (
	"errors"
	"fmt"
	"strconv"
)

// ErrOff says that a client was given no run directory.
var ErrOff = errors.New("the run directory is empty: there is no control socket to ask; name that of the running tsboot with --run-dir")

// A HeldError says that a living tsboot has the run directory: a second one would take its socket away.
type HeldError struct {
	Dir string
	PID int // 0: it is in another pid namespace
}

func (e *HeldError) Error() string {
	holder := "in another container"
	if e.PID != 0 {
		holder = "pid " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("take the run directory %s: another tsboot holds it (%s): give this one a --run-dir of its own, or --run-dir \"\"", e.Dir, holder)
}

// An AskError says why the tsboot of a run directory could not be asked, or did not answer.
type AskError struct {
	Dir string
	Err error
}

func (e *AskError) Error() string {
	return fmt.Sprintf("ask the tsboot of run directory %s: %v", e.Dir, e.Err)
}

func (e *AskError) Unwrap() error { return e.Err }
