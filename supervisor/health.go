//go:build linux

package supervisor

import "time"

const (
	defaultHealthTimeout  = 5 * time.Second
	defaultHealthFailures = 3
)

// healthState is the check that runs, and how many failed in a row.
type healthState struct {
	child    *child
	failures int
}

// scheduleHealth sets the time of the next check, if the profile wants any.
func (s *Supervisor) scheduleHealth() {
	if h := s.plan.Health; h != nil && h.Interval > 0 && s.phase == phaseRunning {
		s.timers.set(timerHealth, s.now().Add(h.Interval))
	}
}

// changeHealth follows a plan that was adopted while the agent runs: it may have
// no check any more, or one for the first time.
func (s *Supervisor) changeHealth() {
	switch h := s.plan.Health; {
	case h == nil || h.Interval <= 0:
		s.stopHealth()
	case s.health.child == nil && !s.timers.active(timerHealth):
		s.scheduleHealth()
	}
}

// startHealth starts a check. What it prints goes nowhere: it may be a secret,
// and the masks are gone by now.
func (s *Supervisor) startHealth() {
	if s.phase != phaseRunning || s.health.child != nil {
		return
	}
	h := s.plan.Health
	timeout := h.Timeout
	if timeout <= 0 {
		timeout = defaultHealthTimeout
	}
	c, err := s.runShort(shortRun{role: roleHealth, command: h.Command, timer: timerHealthTimeout, timeout: timeout, onEnd: s.onHealthEnd})
	if err != nil {
		s.healthResult(false, "error", err)
		return
	}
	s.health.child = c
}

// stopHealth ends the checks of this run.
func (s *Supervisor) stopHealth() {
	s.timers.clear(timerHealth)
	s.timers.clear(timerHealthTimeout)
	if c := s.health.child; c != nil && !c.ended {
		s.killGroup(c)
	}
	s.health = healthState{}
}

// onHealthEnd ends what a check left in its group, and takes its result.
func (s *Supervisor) onHealthEnd(c *child, end shortEnd) {
	status := end.status
	s.killGroup(c) // c is not reaped yet, so the group is tsboot's
	s.release(c)
	if c != s.health.child {
		return // of an earlier run, or stopped
	}
	s.health.child = nil
	s.timers.clear(timerHealthTimeout)
	switch {
	case end.timedOut:
		s.healthResult(false, "reason", "timed out")
	case status.Signal != 0:
		s.healthResult(false, "reason", string(status.Reason), "exit_code", status.ExitCode(), "signal", status.Signal.String())
	default:
		s.healthResult(status.Code == 0, "reason", string(status.Reason), "exit_code", status.Code)
	}
}

// healthResult counts, and restarts an agent that failed too often in a row. why
// are the log's keys for a check that failed.
func (s *Supervisor) healthResult(healthy bool, why ...any) {
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
	s.log.Warn("health check failed", append([]any{"count", s.health.failures, "of", limit}, why...)...)
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
	s.stopAgentFor(next{kind: nextBackOff})
}
