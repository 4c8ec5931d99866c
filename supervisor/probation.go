//go:build linux

package supervisor

// beginProbation watches the agent that runs on the new generation.
func (s *Supervisor) beginProbation() {
	t := &s.trial
	t.until = s.now().Add(t.request.Probation)
	s.enterTrial(trialProbation)
	if t.request.Probation <= 0 {
		s.keep()
		return
	}
	s.timers.set(timerProbation, t.until)
	s.restartHealth()
}

// probationOver keeps an agent whose last check was good, or that has no health
// command. For any other a check decides: without an interval none has been, with a
// long one perhaps none, or its failures were not yet enough.
func (s *Supervisor) probationOver() {
	if s.plan.Health == nil || s.health.passed {
		s.keep()
		return
	}
	s.enterTrial(trialChecking)
	s.healthDue()
}

// unhealthy handles an agent whose health command has failed too often in a row. An
// agent that got a signal is not stopped: it gets the signal again when the files
// are back.
func (s *Supervisor) unhealthy(failure *HealthError) {
	switch {
	case !s.trial.watches():
		s.restartUnhealthy(next{kind: nextBackOff})
	case s.trial.signalled:
		s.stopHealth()
		s.giveUp(TrialUnhealthy, failure)
	default:
		s.fail(TrialUnhealthy, failure)
		s.restartUnhealthy(next{kind: nextUndo})
	}
}

// died is the end of the agent of the new generation, whatever its code.
func (s *Supervisor) died(status Status) next {
	s.trial.died = status
	s.fail(TrialDied, endedError(status))
	return next{kind: nextUndo, status: status}
}
