//go:build linux

package supervisor

// takeRefresh begins the trial of a new generation. The plan of the caller is
// emptied: what it holds is the supervisor's to forget.
func (s *Supervisor) takeRefresh(r *refreshRequest) {
	s.trial = trial{request: r, began: s.now()}
	if r.Plan != nil {
		s.trial.fresh = &generation{Plan: *r.Plan}
		*r.Plan = Plan{}
	}
	switch fresh := s.trial.fresh; {
	case r.Action == RefreshSetupAndRestart && fresh != nil:
		s.enterTrial(trialSetup)
		s.trial.ranSetup = true
		s.beginSetupBeside(setupState{steps: fresh.Setup, redact: fresh.maskSet()})
	case r.Action == RefreshSignal && s.phase == phaseRunning:
		s.accept()
		s.adoptFresh()
		s.trial.signalled = true
		s.changeHealth()
		s.signalAgent(r.Signal)
		s.beginProbation()
		s.collect()
	default:
		s.replaceAgent()
	}
}

// accept says that the new generation has its turn: its setup has been, or is not
// wanted.
func (s *Supervisor) accept() {
	if fresh := s.trial.fresh; fresh != nil {
		s.forgetSetup(fresh)
	}
	s.callSetupDone()
}

// replaceAgent has the agent run on the new generation, if its command can be
// executed at all: an agent that runs is not stopped for one that cannot start.
func (s *Supervisor) replaceAgent() {
	s.enterTrial(trialReplacing)
	command := s.plan.Agent.Command
	if fresh := s.trial.fresh; fresh != nil {
		command = fresh.Agent.Command
	}
	if _, err := s.kernel.Examine(s.resolve(command)); err != nil {
		s.giveUp(TrialNotStarted, err)
		return
	}
	s.accept()
	switch s.phase {
	case phaseRunning:
		s.stopAgentFor(next{kind: nextReplace})
	case phaseDraining:
		s.next = next{kind: nextReplace, status: s.next.status}
	case phaseBackoff, phaseSetup:
		s.startFresh()
	}
}

// startFresh starts the new agent: the old one is gone.
func (s *Supervisor) startFresh() {
	s.adoptFresh()
	s.startUncounted()
}

// adoptFresh makes the new generation the plan.
func (s *Supervisor) adoptFresh() {
	t := &s.trial
	if t.fresh == nil {
		return
	}
	previous := s.plan
	s.adopt(*t.fresh)
	t.previous, t.fresh = &previous, nil
}

// startUncounted starts the agent at once. Such a start does not count in the start
// limit, and nothing has failed before it.
func (s *Supervisor) startUncounted() {
	s.timers.clear(timerBackoff)
	s.next = next{}
	s.agent.failures = 0
	s.log.Info("restarting agent", "delay", "0s", "attempt", s.agent.started+1)
	s.startAgent()
}

// stopAgentFor stops the agent for its next run.
func (s *Supervisor) stopAgentFor(n next) {
	s.next = n
	s.stopHealth()
	s.timers.clear(timerFollow)
	s.timers.clear(timerFollowTimeout)
	s.enter(phaseDraining)
	s.beginShutdown(s.plan.Agent.Grace)
	if !s.shutdown.killing && s.agentAlive() {
		s.stopAgent(s.stopSignal(sigTerm))
	}
	s.lookAgain()
}
