//go:build linux

package process

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Stdio says what a child gets as its standard files. The zero value gives it
// /dev/null for all three.
type Stdio struct {
	Input     []byte // what standard input holds; empty: nothing
	Output    *Sink  // takes standard output; nil: /dev/null
	Errors    *Sink  // takes standard error; the same as Output: both in one pipe; nil: /dev/null
	OwnErrors bool   // standard error is that of this process
}

// Sink takes what a child prints. See Capture.
type Sink struct {
	To      io.Writer  // gets all of it; nil: it is only kept
	Limit   int        // how much is kept for Settle
	Head    bool       // keep the first bytes rather than the last
	Secrets *SecretSet // masked; nil: nothing is
}

// Streams are the standard files of one child. Their creator calls Started or
// Abandon, once.
type Streams struct {
	files          [3]uintptr
	input, null    *os.File
	output, errors *Capture
}

// Open makes the standard files of a child.
func (o Stdio) Open() (streams *Streams, err error) {
	s := &Streams{files: [3]uintptr{0, 1, 2}}
	defer func() {
		if err != nil {
			s.Abandon()
		}
	}()
	if s.input, err = feed(o.Input); err != nil {
		return nil, err
	}
	if s.null, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
		return nil, err
	}
	s.files = [3]uintptr{s.input.Fd(), s.null.Fd(), s.null.Fd()}
	if o.Output != nil {
		if s.output, err = o.Output.open(); err != nil {
			return nil, err
		}
		s.files[1] = s.output.write.Fd()
	}
	switch {
	case o.OwnErrors:
		s.files[2] = 2
	case o.Errors == nil:
	case o.Errors == o.Output:
		s.files[2] = s.files[1]
	default:
		if s.errors, err = o.Errors.open(); err != nil {
			return nil, err
		}
		s.files[2] = s.errors.write.Fd()
	}
	return s, nil
}

func (s *Sink) open() (*Capture, error) { return NewCapture(s.To, s.Limit, s.Head, s.Secrets) }

// Files are for a Spec, until Started or Abandon is called.
func (s *Streams) Files() [3]uintptr { return s.files }

// Started begins to read: the child has its files.
func (s *Streams) Started() {
	for _, c := range s.captures() {
		c.Start()
	}
	s.closeFiles()
}

// Abandon closes all: there is no child.
func (s *Streams) Abandon() {
	for _, c := range s.captures() {
		c.Abandon()
	}
	s.closeFiles()
}

func (s *Streams) closeFiles() {
	for _, f := range []*os.File{s.input, s.null} {
		if f != nil {
			f.Close()
		}
	}
}

// Settle returns what is kept of standard output and standard error when the
// child has ended, and whether more than that came on standard output. It never
// blocks.
func (s *Streams) Settle() (output, errors []byte, cut bool) {
	if s.output != nil {
		output, cut = s.output.Settle()
	}
	if s.errors != nil {
		errors, _ = s.errors.Settle()
	}
	return output, errors, cut
}

// Flush returns when the sinks have got what was read so far.
func (s *Streams) Flush() {
	for _, c := range s.captures() {
		c.Flush()
	}
}

func (s *Streams) captures() []*Capture {
	var all []*Capture
	for _, c := range []*Capture{s.output, s.errors} {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// feed makes a standard input that holds data and nothing else. A memory file
// needs no goroutine that writes, and can be read as slowly as the child likes.
func feed(data []byte) (*os.File, error) {
	if len(data) == 0 {
		return os.Open(os.DevNull)
	}
	fd, err := unix.MemfdCreate("stdin", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "stdin")
	if _, err := f.WriteAt(data, 0); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
