package control

import (
	"errors"
	"fmt"
)

// ErrOff says that a client was given no run directory.
var ErrOff = errors.New("the run directory is empty: there is no control socket to ask; name that of the running tsboot with --run-dir")

// An AskError says why the tsboot of a run directory could not be asked, or did not answer.
type AskError struct {
	Dir string
	Err error
}

func (e *AskError) Error() string {
	return fmt.Sprintf("ask the tsboot of run directory %s: %v", e.Dir, e.Err)
}

func (e *AskError) Unwrap() error { return e.Err }
