package recording

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
)

// Source is where datagrams come from, as kernel.Socket is.
type Source interface {
	// Datagram waits for the next one. Its payload is good until the next call. After Drain and the last one the error is
	// fs.ErrClosed.
	Datagram() (audit.Datagram, error)
	// Drain ends Datagram after what was recorded until now.
	Drain()
	Close() error
}

// Options say what is recorded.
type Options struct {
	Source   Source
	Mode     string // of --audit-mode, for people
	Overruns func() uint64
	Release  func() error  // ends the kernel's recording
	For      time.Duration // 0: until a stop
}

// Recorder writes a file of datagrams.
type Recorder struct {
	file  *os.File
	out   *bufio.Writer
	line  []byte
	count uint64
}

// Create makes the file, which only its owner may read: records have what others type. One that is there is not written over.
func Create(path string) (*Recorder, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return newRecorder(file), nil
}

func newRecorder(file *os.File) *Recorder {
	return &Recorder{file: file, out: bufio.NewWriterSize(file, 64<<10)}
}

// Discard takes the file away again, where nothing could be recorded.
func (r *Recorder) Discard() error {
	return errors.Join(r.file.Close(), os.Remove(r.file.Name()))
}

// Count is how many datagrams were written, once the recorder has ended.
func (r *Recorder) Count() uint64 { return r.count }

// Actor records for a run group. execute ends when the time is over or after interrupt, when what the kernel has until then is
// written, or when the source or the file is gone; interrupt does not block.
func (r *Recorder) Actor(o Options) (execute func() error, interrupt func(error)) {
	stop := make(chan struct{})
	return func() error { return r.run(o, stop) }, func(error) { close(stop) }
}

func (r *Recorder) run(o Options, stop <-chan struct{}) error {
	var over <-chan time.Time
	if o.For > 0 {
		timer := time.NewTimer(o.For)
		defer timer.Stop()
		over = timer.C
	}
	ended := make(chan error, 1)
	go func() { ended <- r.record(o) }()
	var err, released error
	select {
	case err = <-ended:
		released = o.Release()
	case <-stop:
		released = o.Release()
		o.Source.Drain()
		err = <-ended
	case <-over:
		released = o.Release()
		o.Source.Drain()
		err = <-ended
	}
	return errors.Join(err, released, o.Source.Close())
}

func (r *Recorder) record(o Options) error {
	fmt.Fprintf(r.out, "%s\n# linux %s, --audit-mode %s\n", Magic, release(), o.Mode)
	lost := uint64(0)
	for {
		d, err := o.Source.Datagram()
		if errors.Is(err, fs.ErrClosed) {
			return r.end()
		}
		if err != nil {
			return errors.Join(err, r.end())
		}
		if all := o.Overruns(); all > lost {
			fmt.Fprintf(r.out, "# the receive buffer was full: records are missing here\n")
			lost = all
		}
		d.Arrived = time.Now()
		r.line = appendLine(r.line[:0], d)
		if _, err := r.out.Write(r.line); err != nil {
			return errors.Join(&FileError{err}, r.file.Close())
		}
		r.count++
	}
}

// release is that of the kernel.
func release() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "of an unknown release"
	}
	return strings.TrimSpace(string(text))
}

func (r *Recorder) end() error {
	if err := errors.Join(r.out.Flush(), r.file.Close()); err != nil {
		return &FileError{err}
	}
	return nil
}

// A FileError says that the file could not be written.
type FileError struct{ Err error }

func (e *FileError) Error() string { return fmt.Sprintf("write the recording: %v", e.Err) }
func (e *FileError) Unwrap() error { return e.Err }
