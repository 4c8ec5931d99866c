//go:build linux

package supervisor

// start runs the steps that come before each start, and then starts the agent. counts
// says that it counts in the start limit.
func (s *Supervisor) start(counts bool) {
	s.agent.counts = counts
	if len(s.plan.BeforeStart) == 0 {
		s.startAgent()
		return
	}
	s.enter(phaseSetup)
	s.setup = setupState{active: true, kind: setupBefore, steps: s.plan.BeforeStart, redact: s.plan.maskSet(), quiet: s.plan.quiet}
	s.startStep()
}

// startUncounted starts the agent at once. Such a start does not count, and nothing
// has failed before it.
func (s *Supervisor) startUncounted() {
	s.timers.clear(timerBackoff)
	s.next = next{}
	s.agent.failures = 0
	s.log.Info("restarting agent", "delay", "0s", "attempt", s.agent.started+1)
	s.start(false)
}

// beforeStartFailed decides as if the agent had failed. An attempt counts in the start
// limit, too, or there would be no end to them.
func (s *Supervisor) beforeStartFailed(failure *SetupError) {
	switch {
	case s.trial.state == trialReplacing:
		s.giveUp(TrialSetupFailed, failure)
		return
	case s.plan.Agent.startsOnce():
		s.finish(Status{}, failure)
		return
	}
	s.log.Warn("agent not started", "error", failure)
	a := &s.agent
	a.noteStart(s.now())
	a.failures, a.counts = a.failures+1, true
	n := s.nextRun(a.last)
	switch {
	case n.kind != nextBackOff:
		s.finish(Status{}, failure)
	case failure.Err != nil: // it did not take the time of a process
		s.scheduleRestart(max(n.delay, shortageDelay))
	default:
		s.scheduleRestart(n.delay)
	}
}
