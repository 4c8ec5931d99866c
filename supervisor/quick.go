//go:build linux

package supervisor

import (
	"os"

	"golang.org/x/sys/unix"
)

// quickTable tells what may be forwarded in the very moment in which a signal
// arrives, without the runtime ever knowing that the main thread was awake:
// getting a processor back from the Go scheduler, and giving it up again, costs
// more than all the rest of the way. Only the loop writes the table, and it is
// the loop's own thread that uses it.
type quickTable struct {
	send   [sigRTMax + 1]uint8 // by the signal that came; 0: left to the loop
	target int                 // of kill: the agent or, negative, its group
	member int                 // the agent, where its group is the target
	left   bool                // it was not in the group at the last kill
	self   int32
	sent   kernelSigset // what went this way
	errno  unix.Errno   // of the last kill
}

// arm fills the table for the agent of now. What needs more than a kill stays
// with the loop: stops, job control, daemons whose group may change.
func (s *Supervisor) arm() {
	s.disarm()
	a := &s.agent
	if !s.agentAlive() || a.followed || s.phase == phaseStarting {
		return
	}
	s.quick.self, s.quick.target = int32(os.Getpid()), a.child.pid
	if a.scope == ScopeGroup {
		s.quick.target, s.quick.member = -a.group, a.child.pid
	}
	for came := Signal(1); came <= sigRTMax; came++ {
		sig, use := s.rules.classify(came, true)
		if use == useForward && came != Signal(unix.SIGCHLD) && sig != sigCont && !suspends(came) && !suspends(sig) {
			s.quick.send[came] = uint8(sig)
		}
	}
}

// afterQuick sees to a signal that the table has sent, but not, or not surely,
// to the agent: one that has left its group is the loop's from now on.
func (s *Supervisor) afterQuick(sig Signal) {
	left, errno := s.quick.left, s.quick.errno
	if left || errno == unix.ESRCH {
		s.disarm()
	}
	switch {
	case left && s.agentAlive():
		errno, _ = signalChild(s.agent.child.pid, sig).(unix.Errno)
	case errno == unix.ESRCH, errno == unix.EPERM:
		s.signalAgent(sig)
		return
	}
	s.signalFailed(sig, errno)
}

// disarm leaves everything to the loop, which may be about to let the agent's
// pid go.
func (s *Supervisor) disarm() {
	s.agent.sent |= s.quick.sent
	s.quick = quickTable{}
}
