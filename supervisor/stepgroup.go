//go:build linux

package supervisor

import (
	"time"
)

// A step that ended well may have left processes behind. A daemon leaves the
// step's process group, and stays. What remains in the group is ended before the
// next step starts.
const (
	// groupLeave is how long a daemon may take to leave the group: daemon(3) does
	// so only after its parent, the step, has ended.
	groupLeave = 500 * time.Millisecond
	groupTerm  = time.Second // from SIGTERM to SIGKILL
	groupKill  = time.Second // a process that does not even die of that is not waited for
	groupPoll  = 10 * time.Millisecond
)

// stepGroup is the group of a step that has ended.
type stepGroup struct {
	name   string
	leader *child // the step: while it is a zombie, the group's number is given to no other
	since  time.Time
	sent   Signal // the last one; 0: none
}

// awaitGroup goes on with the setup as soon as nothing is left in the step's group.
func (s *Supervisor) awaitGroup(name string, step *child) {
	s.setup.group = stepGroup{name: name, leader: step, since: s.now()}
	s.lookAtGroup()
}

// lookAtGroup is called again and again until the group is empty.
func (s *Supervisor) lookAtGroup() {
	g := &s.setup.group
	left, waited := s.countGroup(g.leader.pid), s.now().Sub(g.since)
	switch {
	case left == 0, g.sent == sigKill && waited >= groupKill:
		s.dropGroup()
		s.startStep()
		return
	case g.sent == 0 && waited >= groupLeave:
		s.log.Warn("ending what a setup step left in its process group: a daemon has to leave it, as setsid does", "name", g.name, "count", left)
		s.signalLeft(sigTerm)
	case g.sent == sigTerm && waited >= groupTerm:
		s.signalLeft(sigKill)
	}
	s.timers.set(timerStepGroup, s.now().Add(groupPoll))
}

// dropGroup lets the step go.
func (s *Supervisor) dropGroup() {
	s.timers.clear(timerStepGroup)
	s.release(s.setup.group.leader)
	s.setup.group = stepGroup{}
}

// signalLeft signals what is left in the group.
func (s *Supervisor) signalLeft(sig Signal) {
	g := &s.setup.group
	g.sent, g.since = sig, s.now()
	_ = s.kernel.SignalGroup(g.leader.pid, 0, sig)
	_ = s.kernel.SignalGroup(g.leader.pid, 0, sigCont) // one that is stopped would not hear it
}

// countGroup counts the processes below tsboot that are in a group and run. Without
// a /proc it finds none.
func (s *Supervisor) countGroup(group int) int {
	n := 0
	for _, pid := range s.kernel.Descendants(func(int) bool { return false }) {
		if st, ok := s.kernel.Identify(pid); ok && st.Group == group && !st.Zombie() {
			n++
		}
	}
	return n
}
