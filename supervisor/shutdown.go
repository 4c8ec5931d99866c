//go:build linux

package supervisor

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	sigTerm = Signal(unix.SIGTERM)
	sigInt  = Signal(unix.SIGINT)
	sigKill = Signal(unix.SIGKILL)
	sigCont = Signal(unix.SIGCONT)
)

const (
	// abandonAfter is how long a process may take to die of SIGKILL: one that
	// sleeps uninterruptibly (a dead NFS server) must not hold the container.
	abandonAfter = 5 * time.Second
	rekillEvery  = 100 * time.Millisecond
)

// shutdown ends processes: SIGTERM first, SIGKILL after the grace, until none is
// left. A stop uses it, and so does the time between two runs of the agent.
type shutdown struct {
	active      bool
	sent        bool           // the agent has been sent the signal that is to end it
	terminating bool           // what the agent left behind has been sent SIGTERM
	signalled   map[int]uint64 // what has been sent SIGTERM already, by pid and start time
	killing     bool
	killed      map[int]uint64
	stop        stopRun
	abandoned   bool
}

// beginShutdown starts a shutdown, or shortens the grace of one under way.
func (s *Supervisor) beginShutdown(grace time.Duration) {
	if !s.shutdown.active {
		s.shutdown = shutdown{active: true, signalled: map[int]uint64{}, killed: map[int]uint64{}}
	}
	at := s.now().Add(grace)
	if due := s.timers.due[timerKill]; due.IsZero() || at.Before(due) {
		s.timers.set(timerKill, at)
	}
	if grace <= 0 {
		s.killAll()
	}
}

// exempt reports whether the shutdown leaves a process alone, with all below it.
func (s *Supervisor) exempt(pid int) bool {
	c := s.children[pid]
	if c != nil && c.ended {
		return true // a kept zombie
	}
	if s.stopsAll() {
		return false
	}
	if c != nil && (c.role == roleHelper || c.role == roleStep) {
		return true
	}
	start, kept := s.setupDaemons[pid]
	if !kept && !s.setup.active {
		return false
	}
	st, alive := s.kernel.Identify(pid)
	return alive && (kept && st.Start == start || s.setup.active && s.ofSetup(pid, st))
}

// stopsAll reports whether everything below tsboot is stopped, for good.
func (s *Supervisor) stopsAll() bool { return s.phase == phaseStopping || s.final }

// below lists what the shutdown has to end.
func (s *Supervisor) below() []int { return s.kernel.Descendants(s.exempt) }

// terminateRemaining sends SIGTERM to all that is left.
func (s *Supervisor) terminateRemaining() {
	s.shutdown.terminating = true
	if s.shutdown.killing {
		s.killRemaining()
		return
	}
	left := s.survivors()
	if len(left) > 0 {
		s.log.Info("stopping remaining processes", "count", len(left))
	}
	for _, pid := range left {
		s.signalOnce(pid)
	}
}

// terminateOrphans sends SIGTERM to those that became children of tsboot only
// later. What is deeper down belongs to a process that has been sent SIGTERM, and
// may be how that one ends.
func (s *Supervisor) terminateOrphans() {
	for _, pid := range s.kernel.Children() {
		if !s.exempt(pid) {
			s.signalOnce(pid)
		}
	}
}

// signalOnce sends SIGTERM to a process, once.
func (s *Supervisor) signalOnce(pid int) {
	st, ok := s.kernel.Identify(pid)
	start, sent := s.shutdown.signalled[pid]
	if !ok || st.Zombie() || (sent && start == st.Start) {
		return
	}
	if s.kernel.SignalBelow(pid, sigTerm) {
		s.shutdown.signalled[pid] = st.Start
	}
}

// killAll ends the grace.
func (s *Supervisor) killAll() {
	if !s.shutdown.active || s.shutdown.killing {
		return
	}
	s.shutdown.killing = true
	s.timers.clear(timerKill)
	s.timers.set(timerAbandon, s.now().Add(abandonAfter))
	s.killRemaining()
	s.lookAgain()
}

// killRemaining kills all that is there now. A process that was started meanwhile
// is found the next time: the death of its parent makes it a child of tsboot.
func (s *Supervisor) killRemaining() {
	s.timers.set(timerRekill, s.now().Add(rekillEvery))
	defer s.killUnnamed()
	for _, pid := range s.below() {
		st, ok := s.kernel.Identify(pid)
		if !ok || st.Zombie() || !s.kernel.SignalBelow(pid, sigKill) {
			continue
		}
		s.shutdown.killed[pid] = st.Start
		if c := s.children[pid]; c != nil && c.role == roleAgent {
			s.agent.killed = true
		}
	}
}

// killUnnamed reaches what could not be listed, because there is no /proc or it
// hides them: what is in the groups of children and, at the end of process 1,
// all that its namespace holds.
func (s *Supervisor) killUnnamed() {
	if s.stopsAll() && s.self == 1 {
		s.kernel.KillAll()
		return
	}
	for _, c := range s.started() {
		if c == s.agent.leader || !s.exempt(c.pid) {
			s.killGroup(c)
		}
	}
	for _, t := range s.targets() {
		if s.agent.followed && t.group != 0 {
			_ = s.kernel.SignalGroup(t.group, 0, sigKill)
		}
	}
}

func (s *Supervisor) rekill() {
	if s.shutdown.killing {
		s.killRemaining()
		s.continueShutdown()
	}
}

// abandon gives up on what does not die.
func (s *Supervisor) abandon() {
	if !s.shutdown.active {
		return
	}
	left := s.below()
	if !slices.Equal(left, s.unkillable) {
		s.log.Warn("processes survive SIGKILL", "count", len(left), "pids", left, "processes", s.kernel.DescribeAll(left),
			"reason", "tsboot may not signal them (CAP_KILL), or they wait in the kernel")
	}
	s.shutdown.abandoned, s.unkillable = true, left
	s.survived = s.survived || s.stopsAll()
	s.continueShutdown()
}

// continueShutdown takes the next step of a shutdown, or goes on to what follows
// when nothing is left. It is called after every child's end.
func (s *Supervisor) continueShutdown() {
	if !s.shutdown.active {
		return
	}
	if !s.shutdown.abandoned && !s.drained() {
		switch {
		case s.shutdown.killing:
			s.killRemaining()
		case s.shutdown.terminating:
			s.terminateOrphans()
		case !s.mainAlive():
			s.terminateRemaining()
		}
		return
	}
	if n := len(s.shutdown.killed); n > 0 {
		s.log.Warn("killed remaining processes", "count", n)
	}
	s.shutdown = shutdown{}
	for _, kind := range []timerKind{timerKill, timerKillHelpers, timerRekill, timerAbandon} {
		s.timers.clear(kind)
	}
	s.onDrained()
}

// mainAlive reports whether a process that got the first signal before all others
// still runs.
func (s *Supervisor) mainAlive() bool {
	for _, c := range s.children {
		if c.ended {
			continue
		}
		switch c.role {
		case roleAgent:
			if c == s.agent.child || s.agent.isPeer(c) && s.peersStop() {
				return true
			}
		case roleStep, roleHelper:
			if s.stopsAll() {
				return true
			}
		case roleStop:
			return true
		case roleHealth:
		}
	}
	return false
}

// dropLeader lets the kept leader go: its group is not signalled as one any more.
func (s *Supervisor) dropLeader() {
	s.release(s.agent.leader)
	s.agent.leader = nil
}

// drained reports that nothing is left of what the shutdown ends, and lets the
// kept leader go.
func (s *Supervisor) drained() bool {
	for _, pid := range s.kernel.Children() {
		if !s.exempt(pid) {
			return false
		}
	}
	s.dropLeader()
	if !s.stopsAll() {
		return true
	}
	_, err := s.kernel.PeekAny()
	return err != nil // ECHILD: the kernel says itself that no child is left
}
