//go:build linux

package supervisor

import "time"

// nextKind says what follows once everything that is to be stopped is gone.
type nextKind int

const (
	nextFinish  nextKind = iota // Supervise is answered: no agent starts any more
	nextBackOff                 // the agent starts again after a delay
	nextReplace                 // the new agent of a trial starts
	nextUndo                    // the last good generation of a trial comes back
	nextHeld                    // a trial is under way that says what starts
	nextAgain                   // the agent starts again at once, as it was
)

// next is what follows. It is decided when the agent ends or is stopped, and may
// change until all is gone: by a stop, which is for good, or by a refresh.
type next struct {
	kind   nextKind
	status Status        // of the agent that has ended
	err    error         // of nextFinish
	delay  time.Duration // of nextBackOff; set when the agent has ended
}

// answer is what Supervise returns.
type answer struct {
	status Status
	err    error
}

// onDrained goes on once everything that was to be stopped is gone.
func (s *Supervisor) onDrained() {
	if s.next.kind == nextBackOff && s.agentAlive() {
		s.next = s.afterFailure(s.agent.last) // SIGKILL did not end it in time: no end of it has decided
	}
	n := s.next
	if s.trial.decides() && n.kind != nextFinish {
		n.kind = nextHeld
	}
	switch n.kind {
	case nextFinish:
		s.finish(n.status, n.err)
	case nextHeld:
		s.next = next{}
		if s.setup.active {
			s.enter(phaseSetup)
		} else {
			s.enter(phaseBackoff)
		}
	case nextReplace:
		s.startFresh()
	case nextUndo:
		s.next = next{}
		s.restore()
	case nextAgain:
		s.startUncounted()
	case nextBackOff:
		s.agent.counts = true
		s.scheduleRestart(n.delay)
	}
}

// scheduleRestart waits out the backoff.
func (s *Supervisor) scheduleRestart(delay time.Duration) {
	s.log.Info("restarting agent", "delay", delay.Round(time.Millisecond).String(), "attempt", s.agent.started+1)
	s.timers.set(timerBackoff, s.now().Add(delay))
	s.enter(phaseBackoff)
}

// finish gives Supervise its answer, after everything below has been stopped.
func (s *Supervisor) finish(status Status, err error) {
	if s.phase != phaseStopping && !s.final {
		s.final = true // now the daemons of the setup too, and helpers
		s.refuseRefreshes()
		s.next = next{kind: nextFinish, status: status, err: err}
		s.enter(phaseDraining)
		s.publish()
		if s.unkillable != nil { // they have had their time
			s.beginShutdown(0)
			s.timers.set(timerAbandon, s.now().Add(2*rekillEvery))
		} else {
			s.beginShutdown(s.grace)
		}
		s.terminateRemaining()
		s.lookAgain()
		return
	}
	if s.survived && err == nil && status.ExitCode() == 0 {
		err = &SurvivorsError{}
	}
	s.enter(phaseDone)
	s.stopTrial()
	if s.reply != nil {
		s.reply <- answer{status, err}
		s.reply = nil
	}
}
