//go:build linux

package supervisor

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// onSignal handles a signal that tsboot was sent. foreign means that it is
// known to come from another process.
func (s *Supervisor) onSignal(came Signal, foreign bool) {
	sig, use := s.rules.classify(came, foreign)
	switch use {
	case useDrop:
	case useStop:
		s.onStop(sig)
	case useRefresh:
		select {
		case s.refresh <- sig:
		default: // one is already waiting to be taken
		}
	case useForward:
		s.forward(came, sig)
	}
}

// forward passes a signal on to the agent. Where there is none it is
// dropped: a program that starts later starts with everything new.
func (s *Supervisor) forward(came, sig Signal) {
	if sig == sigCont {
		s.terminal.Resume(s.agent.group)
	}
	switch s.phase {
	case phaseStarting, phaseRunning, phaseDraining, phaseStopping:
		s.signalAgent(sig)
		s.agent.sent |= sig.Bit()
	case phaseFetching, phaseSetup, phaseBackoff, phaseDone:
		s.log.Debug("signal without an agent", "signal", sig.String())
	}
	if suspends(came) || suspends(sig) {
		s.terminal.Passed = true
		s.suspend()
	}
}

// signalAgent sends to the agent's group, or to it alone, and so to each of several
// daemons. An agent that has moved to another group gets it, too.
func (s *Supervisor) signalAgent(sig Signal) {
	for _, t := range s.targets() {
		s.signalTarget(t, sig)
	}
}

// target is a process that gets the agent's signals.
type target struct {
	group int // 0: only itself
	alive int // its pid; 0: it has ended, and what it left in its group gets them
}

// targets are those of the agent, each group once.
func (s *Supervisor) targets() []target {
	a := &s.agent
	var all []target
	switch {
	case s.agentAlive():
		all = append(all, target{s.currentGroup(), a.child.pid})
	case a.child != nil || a.leader != nil:
		all = append(all, target{s.currentGroup(), 0})
	}
	for _, p := range a.peers {
		group := s.groupOf(p)
		if group == 0 || a.scope != ScopeGroup || !slices.ContainsFunc(all, func(t target) bool { return t.group == group }) {
			all = append(all, target{group, p.pid})
		}
	}
	return all
}

func (s *Supervisor) signalTarget(t target, sig Signal) {
	var err error
	switch {
	case t.group != 0 && s.agent.scope == ScopeGroup:
		err = s.kernel.SignalGroup(t.group, t.alive, sig)
	case t.alive != 0:
		err = s.kernel.SignalChild(t.alive, sig)
	}
	errno, _ := err.(unix.Errno)
	s.signalFailed(sig, errno)
}

// signalFailed says that a signal did not reach the agent, unless it had ended.
func (s *Supervisor) signalFailed(sig Signal, errno unix.Errno) {
	if errno != 0 && errno != unix.ESRCH {
		s.log.Warn("signal agent", "signal", sig.String(), "pid", s.agent.pid(), "error", errno)
	}
}

// currentGroup returns the agent's group. A daemon that is followed may move to
// another one while it starts. Only a group that cannot hold a process of others
// counts: that of the start command, or one in a session that was made below tsboot.
func (s *Supervisor) currentGroup() int {
	a := &s.agent
	if !a.followed {
		return a.group
	}
	c := a.child
	if c == nil {
		c = a.leader
	}
	if c == nil {
		return 0
	}
	return s.groupOf(c)
}

// groupOf is the group of a daemon that is followed, if it counts.
func (s *Supervisor) groupOf(c *child) int {
	st, ok := s.kernel.Identify(c.pid)
	if !ok || st.Group != s.agent.group && st.Session == s.session {
		return 0
	}
	return st.Group
}

// suspend stops tsboot itself, so that the shell that started it sees its job
// stop. PID 1 has no such shell, and nothing could wake it.
func (s *Supervisor) suspend() {
	if s.self != 1 {
		resume := s.display.Suspend()
		s.kernel.Suspend()
		resume()
	}
}

// noticeStop sees that the agent was stopped, by ^Z or because it read the
// terminal from the background, and stops tsboot too, so that the shell takes
// its terminal back and can continue the job. If tsboot forwarded this stop
// signal, it has already suspended itself.
func (s *Supervisor) noticeStop() {
	if !s.terminal.Present() || !s.agentAlive() || s.self == 1 {
		return
	}
	sig := process.TakeStop(s.agent.child.pid)
	if sig == 0 {
		return
	}
	if s.terminal.Passed {
		s.terminal.Passed = false
		return
	}
	if suspends(sig) {
		s.suspend()
	}
}
