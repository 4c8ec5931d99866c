//go:build linux

package supervisor

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// shortRun is a child that runs for a limited time beside the agent, in a process
// group of its own: a setup step, a health check, a helper of Output. It dies
// with tsboot.
type shortRun struct {
	role    role
	command Command
	stdio   process.Stdio
	timer   timerKind              // which is due at the end of the timeout
	timeout time.Duration          // 0: none
	onEnd   func(*child, shortEnd) // called once; it releases the child

	streams  *process.Streams
	oom      process.OOMCounter // before the start
	timedOut bool
	gaveUp   bool // SIGKILL did not end it in time: its owner has gone on without it
}

// shortEnd is how one ended.
type shortEnd struct {
	status         Status // ReasonOOMKilled where the kernel killed it for want of memory; not set for a health check
	timedOut       bool
	output, errors []byte // what its sinks have kept
	cut            bool   // more output had come
}

// runShort starts one.
func (s *Supervisor) runShort(r shortRun) (*child, error) {
	streams, err := s.openStdio(r.stdio)
	if err != nil {
		return nil, err
	}
	if r.role != roleHealth {
		r.oom = s.kernel.ReadOOM()
	}
	c := &child{role: r.role, keep: true, run: &r}
	r.streams = streams
	if err := s.startChild(c, process.Spec{Command: r.command, Files: streams.Files(), TTY: -1, DieWithParent: true}); err != nil {
		streams.Abandon()
		return nil, err
	}
	streams.Started()
	if r.timeout > 0 {
		s.timers.set(r.timer, s.now().Add(r.timeout))
	}
	return c, nil
}

// shortTimedOut kills one, if it still runs, with its whole group. Its owner goes
// on without one that does not even die of that.
func (s *Supervisor) shortTimedOut(c *child) {
	if c == nil || c.ended {
		return
	}
	r := c.run
	if r.timedOut {
		r.gaveUp = true
		r.onEnd(c, shortEnd{status: Status{RanFor: r.timeout}, timedOut: true})
		return
	}
	r.timedOut = true
	s.killGroup(c)
	s.timers.set(r.timer, s.now().Add(abandonAfter))
}

// onShortEnd hands the end of one to its owner.
func (s *Supervisor) onShortEnd(c *child, ws unix.WaitStatus) {
	r := c.run
	end := shortEnd{status: process.NewStatus(ws, s.now().Sub(c.started)), timedOut: r.timedOut}
	end.output, end.errors, end.cut = r.streams.Settle()
	if r.gaveUp {
		s.release(c)
		return
	}
	if end.status.Signal == sigKill && !r.timedOut && r.oom.Grown(s.kernel.ReadOOM()) {
		end.status.Reason = ReasonOOMKilled
	}
	if r.timedOut { // the message names the timeout, not how long the kill took
		end.status.RanFor = r.timeout
	}
	r.onEnd(c, end)
}
