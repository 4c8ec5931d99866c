//go:build linux

package supervisor

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

type helperEnd struct {
	HelperResult
	err error
}

// errHelperStays is a helper that not even SIGKILL has ended in time.
var errHelperStays = errors.New("it does not end, not even by SIGKILL: it waits in the kernel")

// errorsLimit is how much of a helper's standard error is kept.
const errorsLimit = 64 << 10

// resultLimit is how much of its standard output is.
const resultLimit = 64 << 20

// helperGrace is the time between SIGTERM and SIGKILL for a helper at a stop: it
// keeps nothing that is worth more.
const helperGrace = 30 * time.Millisecond

// Output runs one short-lived helper and returns what it wrote to standard
// output. Its standard error goes to log, which is given all of it before Output
// returns and must not block for ever; nil: it is ours. It dies with us. At the
// end of ctx it is killed; a stop signal ends it with SIGTERM and, a moment
// later, SIGKILL. A helper that ended, however it ended, is no error: see Status.
func (s *Supervisor) Output(ctx context.Context, cmd Command, stdin []byte, log io.Writer) (HelperResult, error) {
	ended := make(chan helperEnd, 1)
	var c *child
	if !s.call(func() { c = s.startHelper(cmd, stdin, log, ended) }) {
		return HelperResult{}, s.stoppedError()
	}
	end := s.awaitHelper(ctx, c, ended)
	if c != nil && c.errors != nil {
		c.errors.Flush()
	}
	return end.HelperResult, end.err
}

func (s *Supervisor) awaitHelper(ctx context.Context, c *child, ended <-chan helperEnd) helperEnd {
	select {
	case end := <-ended:
		return end
	case <-ctx.Done():
	}
	s.call(func() { s.cancelHelper(c) })
	limit := time.NewTimer(abandonAfter)
	defer limit.Stop()
	select {
	case end := <-ended:
		if end.err == nil && end.Status.Signal == sigKill {
			end.err = context.Cause(ctx)
		}
		return end
	case <-limit.C:
		return helperEnd{err: errors.Join(context.Cause(ctx), errHelperStays)}
	}
}

// cancelHelper kills a helper nobody waits for any longer. While a stop is
// under way it is left to that, which gives it a moment.
func (s *Supervisor) cancelHelper(c *child) {
	if c == nil || c.ended || s.children[c.pid] != c || s.phase == phaseStopping {
		return
	}
	s.killGroup(c)
}

// killHelpers ends the moment that helpers have to stop by themselves.
func (s *Supervisor) killHelpers() {
	for _, c := range s.started() {
		if c.role == roleHelper && !c.ended {
			s.killGroup(c)
		}
	}
}

func (s *Supervisor) startHelper(cmd Command, stdin []byte, log io.Writer, ended chan<- helperEnd) *child {
	if s.phase == phaseStopping || s.phase == phaseDone {
		ended <- helperEnd{err: s.stoppedError()}
		return nil
	}
	c := &child{role: roleHelper, keep: true}
	memory := s.kernel.ReadOOM()
	if err := s.spawnHelper(c, cmd, stdin, log); err != nil {
		ended <- helperEnd{err: err}
		return nil
	}
	c.onEnd = func(ws unix.WaitStatus) {
		var end helperEnd
		end.Stdout, _ = c.capture.Settle()
		if c.errors != nil {
			end.Errors, _ = c.errors.Settle()
		}
		s.release(c)
		end.Status = process.NewStatus(ws, s.now().Sub(c.started))
		if end.Status.Signal == sigKill && memory.Grown(s.kernel.ReadOOM()) {
			end.Status.Reason = ReasonOOMKilled
		}
		if s.phase == phaseStopping {
			end.err = s.stoppedError()
		}
		ended <- end
	}
	return c
}

// spawnHelper starts the process with its standard files.
func (s *Supervisor) spawnHelper(c *child, cmd Command, stdin []byte, log io.Writer) (err error) {
	r := process.Spec{Command: cmd, Files: [3]uintptr{0, 0, 2}, TTY: -1, DieWithParent: true}
	in, err := feed(stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	r.Files[0] = in.Fd()
	defer func() {
		for _, pipe := range []*process.Capture{c.capture, c.errors} {
			switch {
			case pipe == nil:
			case err != nil:
				pipe.Abandon()
			default:
				pipe.Start()
			}
		}
	}()
	if c.capture, err = process.NewCapture(nil, resultLimit, true, nil); err != nil {
		return err
	}
	r.Files[1] = c.capture.Write()
	if log != nil {
		if c.errors, err = process.NewCapture(log, errorsLimit, false, nil); err != nil {
			return err
		}
		r.Files[2] = c.errors.Write()
	}
	return s.startChild(c, r)
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
