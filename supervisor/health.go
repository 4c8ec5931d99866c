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
	counts   bool           // the result of the check that runs is for healthResult, too
	callers  []chan<- error // of CheckHealth, who wait for it
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

// healthDue makes the check of the interval. One that somebody has asked for, and
// that runs just now, is it.
func (s *Supervisor) healthDue() {
	if s.phase != phaseRunning {
		return
	}
	s.health.counts = true
	if s.health.child == nil {
		s.startHealth()
	}
}

// startHealth starts a check. What it prints goes nowhere: it may be a secret,
// and the masks are gone by now.
func (s *Supervisor) startHealth() {
	c, err := s.runShort(shortRun{
		role: roleHealth, command: s.plan.Health.Command, timer: timerHealthTimeout, timeout: s.plan.Health.timeout(), onEnd: s.onHealthEnd,
	})
	if err != nil {
		s.takeHealth(&HealthError{Err: err})
		return
	}
	s.health.child = c
}

func (h *Health) timeout() time.Duration {
	if h.Timeout <= 0 {
		return defaultHealthTimeout
	}
	return h.Timeout
}

// stopHealth ends the checks of this run.
func (s *Supervisor) stopHealth() {
	s.timers.clear(timerHealth)
	s.timers.clear(timerHealthTimeout)
	if c := s.health.child; c != nil && !c.ended {
		s.killGroup(c)
	}
	callers := s.health.callers
	s.health = healthState{}
	for _, reply := range callers {
		reply <- errCheckStopped
	}
}

// onHealthEnd ends what a check left in its group, and takes its result.
func (s *Supervisor) onHealthEnd(c *child, end shortEnd) {
	s.killGroup(c) // c is not reaped yet, so the group is tsboot's
	s.release(c)
	if c != s.health.child {
		return // of an earlier run, or stopped
	}
	s.health.child = nil
	s.timers.clear(timerHealthTimeout)
	switch status := end.status; {
	case end.timedOut:
		s.takeHealth(&HealthError{TimedOut: c.run.timeout})
	case status.ExitCode() != 0:
		s.takeHealth(&HealthError{Status: status})
	default:
		s.takeHealth(nil)
	}
}

// takeHealth hands out the result of a check; nil: the agent is well.
func (s *Supervisor) takeHealth(failure *HealthError) {
	h := &s.health
	callers, counts := h.callers, h.counts
	h.callers, h.counts = nil, false
	for _, reply := range callers {
		if failure == nil {
			reply <- nil
		} else {
			reply <- failure
		}
	}
	if counts {
		s.healthResult(failure)
	}
}

// healthResult counts, and restarts an agent that failed too often in a row.
func (s *Supervisor) healthResult(failure *HealthError) {
	if s.phase != phaseRunning {
		return
	}
	limit := s.plan.Health.Failures
	if limit <= 0 {
		limit = defaultHealthFailures
	}
	before := s.health.failures
	switch {
	case failure == nil:
		s.health.failures = 0
	case s.inStartPeriod():
		s.health.failures = 0
		s.log.Debug("health check failed in the start period", failure.keys()...)
	default:
		s.health.failures++
		s.log.Warn("health check failed", append([]any{"count", s.health.failures, "of", limit}, failure.keys()...)...)
	}
	if s.health.failures != before {
		s.publish()
	}
	if s.health.failures >= limit {
		s.restartUnhealthy()
		return
	}
	s.scheduleHealth()
}

// inStartPeriod reports whether the agent may still be unwell because it has just
// been started.
func (s *Supervisor) inStartPeriod() bool {
	return s.now().Sub(s.agent.child.started) < s.plan.Health.StartPeriod
}

// restartUnhealthy stops the agent and starts it again after the backoff, as
// if it had died.
func (s *Supervisor) restartUnhealthy() {
	s.agent.unhealthy = true
	s.stopAgentFor(next{kind: nextBackOff})
}
