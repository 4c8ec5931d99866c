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

// ladder is the way down: first SIGTERM, after the grace SIGKILL, in the end
// nothing is left. It serves the stop as well as the time between two runs.
type ladder struct {
	active    bool
	swept     bool           // what the agent left behind has been told to end
	told      map[int]uint64 // who has been sent SIGTERM already, by pid and start time
	killing   bool
	killed    map[int]uint64
	abandoned bool
}

// climbDown starts the ladder, or shortens the grace of one under way.
func (s *Supervisor) climbDown(grace time.Duration) {
	if !s.ladder.active {
		s.ladder = ladder{active: true, told: map[int]uint64{}, killed: map[int]uint64{}}
	}
	at := s.now().Add(grace)
	if due := s.timers.due[timerKill]; due.IsZero() || at.Before(due) {
		s.timers.set(timerKill, at)
	}
	if grace <= 0 {
		s.killAll()
	}
}

// spared tells the processes that this ladder leaves alone, with all below them.
func (s *Supervisor) spared(pid int) bool {
	c := s.children[pid]
	if c != nil && c.ended {
		return true // a kept zombie
	}
	if s.everybody() {
		return false
	}
	if c != nil && (c.role == roleHelper || c.role == roleStep) {
		return true
	}
	start, kept := s.keepers[pid]
	if !kept && !s.setup.active {
		return false
	}
	st, alive := s.kernel.Identify(pid)
	return alive && (kept && st.Start == start || s.setup.active && s.ofSetup(pid, st))
}

// everybody tells that the end has come for all that is below us.
func (s *Supervisor) everybody() bool { return s.phase == phaseStopping || s.final }

// below lists what this ladder has to bring down.
func (s *Supervisor) below() []int { return s.kernel.Descendants(s.spared) }

// sweep tells all that is left to end.
func (s *Supervisor) sweep() {
	s.ladder.swept = true
	if s.ladder.killing {
		s.killPass()
		return
	}
	left := s.survivors()
	if len(left) > 0 {
		s.log.Info("stopping remaining processes", "count", len(left))
	}
	for _, pid := range left {
		s.tell(pid)
	}
}

// sweepOrphans tells those that became our children only after the sweep. What
// is deeper down belongs to somebody who was told, and may be his way to end.
func (s *Supervisor) sweepOrphans() {
	for _, pid := range s.kernel.Children() {
		if !s.spared(pid) {
			s.tell(pid)
		}
	}
}

// tell sends SIGTERM to a process, once.
func (s *Supervisor) tell(pid int) {
	st, ok := s.kernel.Identify(pid)
	start, told := s.ladder.told[pid]
	if !ok || st.Zombie() || (told && start == st.Start) {
		return
	}
	if s.kernel.SignalBelow(pid, sigTerm) {
		s.ladder.told[pid] = st.Start
	}
}

// killAll ends the grace.
func (s *Supervisor) killAll() {
	if !s.ladder.active || s.ladder.killing {
		return
	}
	s.ladder.killing = true
	s.timers.clear(timerKill)
	s.timers.set(timerAbandon, s.now().Add(abandonAfter))
	s.killPass()
	s.lookAgain()
}

// killPass kills all that is there now. Whoever was born meanwhile is found by
// the next pass: his parent's death makes the kernel tell us.
func (s *Supervisor) killPass() {
	s.timers.set(timerRekill, s.now().Add(rekillEvery))
	defer s.killUnnamed()
	for _, pid := range s.below() {
		st, ok := s.kernel.Identify(pid)
		if !ok || st.Zombie() || !s.kernel.SignalBelow(pid, sigKill) {
			continue
		}
		s.ladder.killed[pid] = st.Start
		if c := s.children[pid]; c != nil && c.role == roleAgent {
			s.agent.killed = true
		}
	}
}

// killUnnamed reaches what could not be listed, because there is no /proc or it
// hides them: those in the groups of our children and, at the end of process 1,
// all that its namespace holds.
func (s *Supervisor) killUnnamed() {
	if s.everybody() && s.self == 1 {
		s.kernel.KillAll()
		return
	}
	for _, c := range s.started() {
		if c == s.agent.leader || !s.spared(c.pid) {
			s.killGroup(c)
		}
	}
	if group := s.currentGroup(); s.agent.followed && group != 0 {
		_ = s.kernel.SignalGroup(group, 0, sigKill)
	}
}

func (s *Supervisor) rekill() {
	if s.ladder.killing {
		s.killPass()
		s.settle()
	}
}

// abandon gives up on what does not die.
func (s *Supervisor) abandon() {
	if !s.ladder.active {
		return
	}
	left := s.below()
	if !slices.Equal(left, s.stubborn) {
		s.log.Warn("processes survive SIGKILL", "count", len(left), "pids", left, "processes", s.kernel.DescribeAll(left),
			"reason", "tsboot may not signal them (CAP_KILL), or they wait in the kernel")
	}
	s.ladder.abandoned, s.stubborn = true, left
	s.survived = s.survived || s.everybody()
	s.settle()
}

// settle looks whether the ladder has reached the ground, and goes on to what
// comes then. It is called after every child's end.
func (s *Supervisor) settle() {
	if !s.ladder.active {
		return
	}
	if !s.ladder.abandoned && !s.drained() {
		switch {
		case s.ladder.killing:
			s.killPass()
		case s.ladder.swept:
			s.sweepOrphans()
		case !s.mainAlive():
			s.sweep()
		}
		return
	}
	if n := len(s.ladder.killed); n > 0 {
		s.log.Warn("killed remaining processes", "count", n)
	}
	s.ladder = ladder{}
	for _, kind := range []timerKind{timerKill, timerRekill, timerAbandon} {
		s.timers.clear(kind)
	}
	s.onDrained()
}

// mainAlive reports whether somebody who got the first signal before all others
// still runs.
func (s *Supervisor) mainAlive() bool {
	for _, c := range s.children {
		if c.ended {
			continue
		}
		switch c.role {
		case roleAgent:
			return true
		case roleStep, roleHelper:
			if s.everybody() {
				return true
			}
		case roleHealth:
		}
	}
	return false
}

// drained reports that nothing is left of what the ladder brings down, and lets
// the kept leader go.
func (s *Supervisor) drained() bool {
	for _, pid := range s.kernel.Children() {
		if !s.spared(pid) {
			return false
		}
	}
	s.release(s.agent.leader)
	s.agent.leader = nil
	if !s.everybody() {
		return true
	}
	_, err := s.kernel.PeekAny()
	return err != nil // ECHILD: the kernel's own word that nobody is left
}
