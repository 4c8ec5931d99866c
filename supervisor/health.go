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
	passed   bool // the last one that counted was good
}

// scheduleHealth sets the time of the next check, if the profile wants any. One that
// is to decide a trial comes when the start period is over.
func (s *Supervisor) scheduleHealth() {
	switch h := s.plan.Health; {
	case h == nil || s.phase != phaseRunning:
	case h.Interval > 0:
		s.timers.set(timerHealth, s.now().Add(h.Interval))
	case s.trial.state == trialChecking:
		s.timers.set(timerHealth, s.startPeriodEnd())
	}
}

// changeHealth follows a plan that was adopted while the agent runs: it may have
// no check any more, or one for the first time.
func (s *Supervisor) changeHealth() {
	switch h := s.plan.Health; {
	case h == nil || h.Interval <= 0:
		s.stopHealth()
	case !s.health.counts && !s.timers.active(timerHealth):
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

// healthResult counts. Without an interval the only check that counts is the one that
// ends a probation.
func (s *Supervisor) healthResult(failure *HealthError) {
	if s.phase != phaseRunning {
		return
	}
	h, limit, before := &s.health, s.plan.Health.limit(), s.health.failures
	h.passed = failure == nil
	switch {
	case failure == nil:
		h.failures = 0
	case s.inStartPeriod():
		h.failures = 0
		s.log.Debug("health check failed in the start period", failure.keys()...)
	default:
		h.failures++
		s.log.Warn("health check failed", append([]any{"count", h.failures, "of", limit}, failure.keys()...)...)
	}
	if h.failures != before {
		s.publish()
	}
	switch {
	case h.failures >= limit:
		s.unhealthy(failure)
		return
	case h.passed && s.trial.state == trialChecking:
		s.keep()
	}
	s.scheduleHealth()
}

func (h *Health) limit() int {
	switch {
	case h.Interval <= 0:
		return 1
	case h.Failures <= 0:
		return defaultHealthFailures
	}
	return h.Failures
}

// inStartPeriod reports whether the agent may still be unwell because it has just
// been started.
func (s *Supervisor) inStartPeriod() bool { return s.now().Before(s.startPeriodEnd()) }

func (s *Supervisor) startPeriodEnd() time.Time {
	return s.agent.child.started.Add(s.plan.Health.StartPeriod)
}

// restartUnhealthy stops the agent as if it had died.
func (s *Supervisor) restartUnhealthy(n next) {
	s.agent.unhealthy = true
	s.stopAgentFor(n)
}

// restartHealth has nothing count that was before.
func (s *Supervisor) restartHealth() {
	h := &s.health
	h.failures, h.passed, h.counts = 0, false, false
	s.scheduleHealth()
}
