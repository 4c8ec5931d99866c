//go:build linux

package supervisor

import "golang.org/x/sys/unix"

// keepDaemons notes what a setup left behind: its daemons are not the agent's
// and outlive its restarts.
func (s *Supervisor) keepDaemons() {
	if s.setup.refresh == nil {
		s.keepers = s.identities()
		return
	}
	for _, pid := range descendants(func(pid int) bool { return s.children[pid] != nil }) {
		if st, ok := identify(pid); ok && !st.zombie() && s.ofSetup(pid, st) {
			s.keepers[pid] = st.start
		}
	}
}

// ofSetup tells an orphan that the setup of a refresh has left behind from one
// of the agent, beside which that setup runs: it came later, and is in neither
// the group nor a session of the agent.
func (s *Supervisor) ofSetup(pid int, st procStat) bool {
	if start, known := s.setup.before[pid]; known && start == st.start {
		return false
	}
	a := &s.agent
	if a.group != 0 && st.pgrp == a.group {
		return false
	}
	c := a.child
	if c == nil {
		c = a.leader
	}
	if c == nil {
		return true
	}
	agent, ok := identify(c.pid)
	own, err := unix.Getsid(0)
	return !ok || err != nil || agent.session != st.session || agent.session == own
}

// identities notes who is below us now.
func (s *Supervisor) identities() map[int]uint64 {
	ids := map[int]uint64{}
	for _, pid := range descendants(func(int) bool { return false }) {
		if st, ok := identify(pid); ok && !st.zombie() {
			ids[pid] = st.start
		}
	}
	return ids
}
