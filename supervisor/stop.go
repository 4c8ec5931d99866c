//go:build linux

package supervisor

import (
	"maps"
	"time"
)

// onStop handles a stop signal: the first one, or a repeated one.
func (s *Supervisor) onStop(came Signal) {
	if came == sigInt {
		s.stop.interrupts++
	}
	switch s.phase {
	case phaseDone:
	case phaseStopping:
		if s.stop.interrupts >= 2 {
			s.killAll() // a person at a terminal does not want to wait
			return
		}
		s.repeatStop(s.stopSignal(came))
	default:
		s.beginStop(came, s.stopSignal(came))
	}
}

// stopSignal is what the agent gets for a stop signal that came.
func (s *Supervisor) stopSignal(came Signal) Signal {
	if s.plan.Agent.StopSignal != 0 {
		return s.plan.Agent.StopSignal
	}
	return came
}

// beginStop ends whatever is under way, for good: came is what the exit code
// says when no agent ran, send is what the agent gets.
func (s *Supervisor) beginStop(came, send Signal) {
	s.stop.signal = came
	s.display.Leave()
	for _, kind := range []timerKind{timerBackoff, timerFollow, timerFollowTimeout} {
		s.timers.clear(kind)
	}
	s.refuseRefreshes()
	s.stopHealth()
	if !s.final { // else it is decided already how all this ends
		s.next = next{kind: nextFinish, status: s.agent.last}
		if s.agent.started == 0 || (s.agent.started == 1 && s.phase == phaseStarting) {
			s.next.err = &StopError{Signal: came}
		}
	}
	if s.phase != phaseFetching || len(s.children) > 0 {
		s.log.Info("stopping", "signal", came.String(), "grace", s.grace.Round(time.Millisecond).String())
	}
	s.enter(phaseStopping)
	s.beginShutdown(s.grace)
	if !s.shutdown.killing && !s.stopMain(send) {
		s.terminateRemaining()
	}
	s.cancel(&StopError{Signal: came})
	s.lookAgain()
}

// stopMain sends the first signal to those that get it before all others: the
// agent, or the helpers and the step that run in its stead. What they leave
// behind is swept when they have ended. It reports whether there is any.
func (s *Supervisor) stopMain(sig Signal) bool {
	if s.agentAlive() {
		s.endAgent(sig)
	}
	for _, c := range s.started() {
		pid := c.pid
		if !c.ended && (c.role == roleHelper || c.role == roleStep) {
			signalled := s.members(pid)
			_ = s.kernel.SignalGroup(pid, pid, sigTerm)
			if c.role == roleHelper {
				s.timers.set(timerKillHelpers, s.now().Add(helperGrace))
			}
			maps.Copy(s.shutdown.signalled, s.stayed(signalled, pid))
			s.wake(target{group: pid})
		}
	}
	return s.mainAlive()
}

// stopAgent sends the agent the signal that is to end it, and wakes it.
func (s *Supervisor) stopAgent(sig Signal) {
	s.shutdown.sent = true
	for _, t := range s.targets() {
		s.stopTarget(t, sig)
	}
}

func (s *Supervisor) stopTarget(t target, sig Signal) {
	var signalled map[int]uint64
	if sig == sigTerm && s.agent.scope == ScopeGroup && t.group != 0 {
		signalled = s.members(t.group)
	}
	s.signalTarget(t, sig)
	maps.Copy(s.shutdown.signalled, s.stayed(signalled, t.group))
	s.wake(t)
}

// members lists a group that is about to be sent SIGTERM as a whole. They are
// not sent it again when their leader has ended: to many programs a second SIGTERM
// means to drop everything. It is read before, since what the leader leaves
// behind changes place while it ends.
func (s *Supervisor) members(group int) map[int]uint64 {
	members := map[int]uint64{}
	for _, pid := range s.below() {
		if st, ok := s.kernel.Identify(pid); ok && st.Group == group {
			members[pid] = st.Start
		}
	}
	return members
}

// stayed drops those that have left the group meanwhile. They may have left before the
// signal, as a daemon that starts does; a second SIGTERM is better than none.
func (s *Supervisor) stayed(members map[int]uint64, group int) map[int]uint64 {
	maps.DeleteFunc(members, func(pid int, start uint64) bool {
		st, ok := s.kernel.Identify(pid)
		return ok && st.Start == start && st.Group != group
	})
	return members
}

// wake sends SIGCONT to those of a target that are stopped, so that they hear what was
// sent before.
func (s *Supervisor) wake(t target) {
	for _, pid := range s.below() {
		if st, ok := s.kernel.Identify(pid); ok && st.Stopped() && (st.Group == t.group || pid == t.alive) {
			s.kernel.SignalBelow(pid, sigCont)
		}
	}
}

// wakeAgent wakes all of the agent.
func (s *Supervisor) wakeAgent() {
	for _, t := range s.targets() {
		s.wake(t)
	}
}

// repeatStop forwards a stop signal that came again: orchestrators retry. It
// changes nothing else.
func (s *Supervisor) repeatStop(sig Signal) {
	switch {
	case s.shutdown.killing:
	case s.agentAlive():
		s.signalAgent(sig)
		s.wakeAgent()
	default:
		for _, pid := range s.below() {
			s.kernel.SignalBelow(pid, sig)
		}
	}
}
