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
		for _, step := range fresh.Setup {
			if step.Skip {
				s.trial.idle = append(s.trial.idle, step.Name)
			}
		}
		s.trial.ranSetup = len(s.trial.idle) < len(fresh.Setup)
		s.beginSetupBeside(setupState{steps: fresh.Setup, redact: fresh.maskSet()})
	case r.Action == RefreshSignal && s.phase == phaseRunning:
		s.callSetupDone()
		s.adoptFresh()
		s.forgetSetup(&s.plan)
		s.trial.signalled = true
		s.changeHealth()
		s.signalAgent(r.Signal)
		s.beginProbation()
		s.collect()
	default:
		s.replaceAgent()
	}
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
	s.callSetupDone()
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

// stopAgentFor stops the agent for its next run.
func (s *Supervisor) stopAgentFor(n next) {
	s.next = n
	s.stopHealth()
	s.timers.clear(timerFollow)
	s.timers.clear(timerFollowTimeout)
	s.enter(phaseDraining)
	s.beginShutdown(s.plan.Agent.Grace)
	if !s.shutdown.killing && s.agentAlive() {
		s.endAgent(s.stopSignal(sigTerm))
	}
	s.lookAgain()
}
