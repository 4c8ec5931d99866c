//go:build linux

package supervisor

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	defaultHealthTimeout  = 5 * time.Second
	defaultHealthFailures = 3
)

// healthState is the check that runs, and how many failed in a row.
type healthState struct {
	child    *child
	failures int
	timedOut bool
}

// scheduleHealth sets the time of the next check, if the profile wants any.
func (s *Supervisor) scheduleHealth() {
	if h := s.plan.Health; h != nil && h.Interval > 0 && s.phase == phaseRunning {
		s.timers.set(timerHealth, time.Now().Add(h.Interval))
	}
}

func (s *Supervisor) startHealth() {
	if s.phase != phaseRunning || s.health.child != nil {
		return
	}
	h := s.plan.Health
	out, err := newCapture(nil, tailLimit, false, nil)
	if err != nil {
		s.healthResult(false, err.Error())
		return
	}
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		out.abandon()
		s.healthResult(false, err.Error())
		return
	}
	defer unix.Close(null)
	c := &child{role: roleHealth, capture: out, keep: true}
	err = s.startChild(c, spawnRequest{
		cmd: h.Command, files: [3]uintptr{uintptr(null), out.write.Fd(), out.write.Fd()}, tty: -1, pdeathsig: true,
	})
	if err != nil {
		out.abandon()
		s.healthResult(false, err.Error())
		return
	}
	out.start()
	s.health.child, s.health.timedOut = c, false
	timeout := h.Timeout
	if timeout <= 0 {
		timeout = defaultHealthTimeout
	}
	s.timers.set(timerHealthTimeout, time.Now().Add(timeout))
}

func (s *Supervisor) healthTimedOut() {
	if c := s.health.child; c != nil && !c.ended {
		s.health.timedOut = true
		_ = unix.Kill(-c.pid, unix.SIGKILL)
	}
}

// stopHealth ends the checks of this run.
func (s *Supervisor) stopHealth() {
	s.timers.clear(timerHealth)
	s.timers.clear(timerHealthTimeout)
	if c := s.health.child; c != nil && !c.ended {
		_ = unix.Kill(-c.pid, unix.SIGKILL)
	}
	s.health = healthState{}
}

func (s *Supervisor) onHealthEnd(c *child, status Status) {
	kept, cut := c.capture.settle()
	mine := c == s.health.child
	if mine && s.health.timedOut {
		_ = unix.Kill(-c.pid, unix.SIGKILL) // whoever joined the group meanwhile
	}
	s.release(c)
	if !mine {
		return // of an earlier run, or stopped
	}
	s.health.child = nil
	s.timers.clear(timerHealthTimeout)
	why := lastLines(kept, cut)
	if s.health.timedOut {
		why = "timed out"
	}
	s.healthResult(!s.health.timedOut && status.ExitCode() == 0, why)
}

// healthResult counts, and restarts an agent that failed too often in a row.
func (s *Supervisor) healthResult(healthy bool, why string) {
	if s.phase != phaseRunning {
		return
	}
	if healthy {
		s.health.failures = 0
		s.scheduleHealth()
		return
	}
	s.health.failures++
	limit := s.plan.Health.Failures
	if limit <= 0 {
		limit = defaultHealthFailures
	}
	s.log.warn("health check failed", "count", s.health.failures, "of", limit, "output", why)
	if s.health.failures < limit {
		s.scheduleHealth()
		return
	}
	s.restartUnhealthy()
}

// restartUnhealthy stops the agent and starts it again after the backoff, as
// if it had died.
func (s *Supervisor) restartUnhealthy() {
	s.agent.unhealthy = true
	s.restartFor(nil)
	s.outcome.restart = true
}
