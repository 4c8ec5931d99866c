package process

import (
	"errors"
	"fmt"
)

// ErrUnsupported says that this system cannot do what was asked: it is wrapped
// by an error that says what.
var ErrUnsupported = errors.New("needs Linux")

var (
	errEmptyCommand = errors.New("the command is empty")
	errNUL          = errors.New("an argument or a variable holds a NUL byte, which no program can be given")
)

// StopError says that a stop signal ended the boot before the agent ran.
type StopError struct{ Signal Signal }

func (e *StopError) Error() string { return fmt.Sprintf("stopped by %s", e.Signal) }

// ExecError says that a command could not be executed. Code is the one a shell
// would give: 127 not found, 126 found but not executable. See IsShortage for
// what is not the command's fault.
type ExecError struct {
	Path string
	Code int
	Err  error
}

// NotFound reports that the command is not there, rather than not executable.
func (e *ExecError) NotFound() bool { return e.Code == codeNotFound }

func (e *ExecError) Error() string { return fmt.Sprintf("execute %q: %v", e.Path, e.Err) }

func (e *ExecError) Unwrap() error { return e.Err }
