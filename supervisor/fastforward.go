//go:build linux

package supervisor

import (
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// arm fills the table for the agent of now. What needs more than a kill stays
// with the loop: stops, job control, daemons whose group may change.
func (s *Supervisor) arm() {
	s.disarm()
	a := &s.agent
	if !s.agentAlive() || a.followed || s.phase == phaseStarting {
		return
	}
	s.fast.Self, s.fast.Target = int32(s.self), a.child.pid
	if a.scope == ScopeGroup {
		s.fast.Target, s.fast.Member = -a.group, a.child.pid
	}
	for came := Signal(1); came <= process.MaxSignal; came++ {
		sig, use := s.rules.classify(came, true)
		if use == useForward && came != Signal(unix.SIGCHLD) && sig != sigCont && !suspends(came) && !suspends(sig) {
			s.fast.Send[came] = uint8(sig)
		}
	}
}

// afterForward sees to a signal that the table has sent, but not, or not surely,
// to the agent: one that has left its group is the loop's from now on.
func (s *Supervisor) afterForward(sig Signal) {
	left, errno := s.fast.Left, s.fast.Errno
	if left || errno == unix.ESRCH {
		s.disarm()
	}
	switch {
	case left && s.agentAlive():
		errno, _ = s.kernel.SignalChild(s.agent.child.pid, sig).(unix.Errno)
	case errno == unix.ESRCH, errno == unix.EPERM:
		s.signalAgent(sig)
		return
	}
	s.signalFailed(sig, errno)
}

// disarm leaves everything to the loop, which may be about to let the agent's
// pid go.
func (s *Supervisor) disarm() {
	s.agent.sent |= s.fast.Sent
	s.fast = process.FastForward{}
}
