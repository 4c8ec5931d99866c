//go:build linux

package supervisor

import (
	"context"
	"errors"
	"time"

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
// output. The helper dies with tsboot. At the
// end of ctx it is killed; a stop signal ends it with SIGTERM and, a moment
// later, SIGKILL. The end of a helper, whatever it is, is not an error: see Status.
func (s *Supervisor) Output(ctx context.Context, cmd Command, files HelperIO) (HelperResult, error) {
	ended := make(chan helperEnd, 1)
	var c *child
	if !s.call(func() { c = s.startHelper(cmd, files, ended) }) {
		return HelperResult{}, s.stoppedError()
	}
	end := s.awaitHelper(ctx, c, ended)
	if c != nil {
		c.run.streams.Flush()
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

// cancelHelper kills a helper that no caller waits for any longer. While a stop is
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

func (s *Supervisor) startHelper(cmd Command, files HelperIO, ended chan<- helperEnd) *child {
	if s.phase == phaseStopping || s.phase == phaseDone {
		ended <- helperEnd{err: s.stoppedError()}
		return nil
	}
	stdio := process.Stdio{Input: files.Input, Output: &process.Sink{To: files.Watch, Limit: resultLimit, Head: true}, OwnErrors: files.Log == nil}
	if files.Log != nil {
		stdio.Errors = &process.Sink{To: files.Log, Limit: errorsLimit}
	}
	c, err := s.runShort(shortRun{role: roleHelper, command: cmd, stdio: stdio, onEnd: func(c *child, end shortEnd) {
		s.release(c)
		answer := helperEnd{HelperResult: HelperResult{Stdout: end.output, Errors: end.errors, Status: end.status}}
		if s.phase == phaseStopping {
			answer.err = s.stoppedError()
		}
		ended <- answer
	}})
	if err != nil {
		ended <- helperEnd{err: err}
		return nil
	}
	return c
}
