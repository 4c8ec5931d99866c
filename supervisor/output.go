//go:build linux

package supervisor

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// helperResult is how a helper ended.
type helperResult struct {
	stdout []byte
	status Status
	err    error
}

// Output runs one short-lived helper and returns what it wrote to standard
// output. Its standard error is ours, and it dies with us. At the end of ctx it
// is killed; a stop signal ends it as it would end the agent. A helper that
// ended, however it ended, is no error: see Status.
func (s *Supervisor) Output(ctx context.Context, cmd Command, stdin []byte) ([]byte, Status, error) {
	result := make(chan helperResult, 1)
	var c *child
	if !s.call(func() { c = s.startHelper(cmd, stdin, result) }) {
		return nil, Status{}, s.stoppedError()
	}
	select {
	case r := <-result:
		return r.stdout, r.status, r.err
	case <-ctx.Done():
	}
	s.call(func() { s.cancelHelper(c) })
	r := <-result
	if r.err == nil && r.status.Signal == sigKill {
		r.err = context.Cause(ctx)
	}
	return r.stdout, r.status, r.err
}

// cancelHelper kills a helper nobody waits for any longer. While a stop is
// under way it is left to the ladder, which gives it time.
func (s *Supervisor) cancelHelper(c *child) {
	if c == nil || c.ended || s.children[c.pid] != c || s.phase == phaseStopping {
		return
	}
	_ = unix.Kill(-c.pid, unix.SIGKILL)
}

func (s *Supervisor) startHelper(cmd Command, stdin []byte, result chan<- helperResult) *child {
	if s.phase == phaseStopping || s.phase == phaseDone {
		result <- helperResult{err: s.stoppedError()}
		return nil
	}
	c := &child{role: roleHelper, keep: true}
	err := s.spawnHelper(c, cmd, stdin)
	if err != nil {
		result <- helperResult{err: err}
		return nil
	}
	c.onEnd = func(ws unix.WaitStatus) {
		kept, _ := c.capture.settle()
		s.release(c)
		r := helperResult{stdout: kept, status: newStatus(ws, time.Since(c.started))}
		if s.phase == phaseStopping {
			r.err = s.stoppedError()
		}
		result <- r
	}
	return c
}

func (s *Supervisor) spawnHelper(c *child, cmd Command, stdin []byte) error {
	out, err := newCapture(nil, resultLimit, true, nil)
	if err != nil {
		return err
	}
	in, err := feed(stdin)
	if err != nil {
		out.abandon()
		return err
	}
	defer in.Close()
	c.capture = out
	err = s.startChild(c, spawnRequest{cmd: cmd, files: [3]uintptr{in.Fd(), out.write.Fd(), 2}, tty: -1, pdeathsig: true})
	if err != nil {
		out.abandon()
		return err
	}
	out.start()
	return nil
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
