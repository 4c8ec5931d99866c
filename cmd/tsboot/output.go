package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/supervisor"
)

// output is the standard output of the commands that print. It keeps the first error, and the run ends with it: not every
// printer reports an error (cobra's help does not).
type output struct {
	file    *os.File
	started bool
	err     error
}

// outputError says that the standard output cannot be written.
type outputError struct{ err error }

func (e *outputError) Error() string {
	if errors.Is(e.err, errOutputClosed) {
		return "print on the standard output: it is closed: open it, or send it to /dev/null"
	}
	err := e.err
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Sprintf("print on the standard output: %v; what was printed is not whole: free the disk, or send the output elsewhere", err)
}

func (e *outputError) Unwrap() error { return e.err }

func notPrinted(err error) error { return &boot.Error{Kind: boot.CannotWrite, Err: &outputError{err}} }

var errOutputClosed = errors.New("it is closed")

// stdoutAtStart is what the kernel said about descriptor 1 before the Go runtime ran: negative when it was closed.
//
// The runtime opens /dev/null in place of a closed standard file: a write to it succeeds and is lost, and it cannot be
// told from a /dev/null that was given on purpose. So the program has an entry of its own (start.go) that asks first and
// then jumps to the runtime's. The linker takes it by -E=main.start (see the Makefile). In a binary that is linked without
// the flag (go install) the answer stays 0, and a closed standard output is not noticed.
var stdoutAtStart int64

func (o *output) Write(p []byte) (int, error) {
	if !o.started {
		o.started = true
		supervisor.OutliveBrokenPipes() // a reader that leaves is an error here, not a signal
		if stdoutAtStart < 0 {
			o.err = notPrinted(errOutputClosed)
		}
	}
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.file.Write(p)
	if err != nil {
		o.err = notPrinted(err)
	}
	return n, o.err
}

// quiet says that an error is not logged: the reader of the output, such as head(1), has read what it wanted.
func quiet(err error) bool {
	var failed *outputError
	return errors.As(err, &failed) && supervisor.IsBrokenPipe(failed.err)
}
