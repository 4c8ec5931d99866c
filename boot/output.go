package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tsboot/tsboot/supervisor"
)

// Output is the standard output of the commands that print. It keeps the first error, and the run ends with it: not every
// printer reports an error (that of a flag library's help may not).
type Output struct {
	File    *os.File
	Closed  func() bool // whether it was closed when the program started; asked once, at the first write
	Err     error       // of kind CannotWrite; nil: all was printed
	started bool
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

func notPrinted(err error) error { return &Error{Kind: CannotWrite, Err: &outputError{err}} }

var errOutputClosed = errors.New("it is closed")

func (o *Output) Write(p []byte) (int, error) {
	if !o.started {
		o.started = true
		supervisor.OutliveBrokenPipes() // a reader that leaves is an error here, not a signal
		if o.Closed() {
			o.Err = notPrinted(errOutputClosed)
		}
	}
	if o.Err != nil {
		return 0, o.Err
	}
	n, err := o.File.Write(p)
	if err != nil {
		o.Err = notPrinted(err)
	}
	return n, o.Err
}

// ReaderLeft says that an error is not to be reported: the reader of the output, such as head(1), has read what it wanted.
func ReaderLeft(err error) bool {
	var failed *outputError
	return errors.As(err, &failed) && supervisor.IsBrokenPipe(failed.err)
}
