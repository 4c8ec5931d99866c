//go:build linux

package supervisor

import (
	"github.com/tsboot/tsboot/supervisor/process"
)

// keepDaemons notes what a setup left behind: its daemons are not the agent's
// and outlive its restarts.
func (s *Supervisor) keepDaemons() {
	if s.setup.refresh == nil {
		s.keepers = s.identities()
		return
	}
	for _, pid := range s.kernel.Descendants(func(pid int) bool { return s.children[pid] != nil }) {
		if st, ok := s.kernel.Identify(pid); ok && !st.Zombie() && s.ofSetup(pid, st) {
			s.keepers[pid] = st.Start
		}
	}
}

// ofSetup tells an orphan that the setup of a refresh has left behind from one
// of the agent, beside which that setup runs: it came later, and is in neither
// the group nor a session of the agent.
func (s *Supervisor) ofSetup(pid int, st process.Stat) bool {
	if start, known := s.setup.before[pid]; known && start == st.Start {
		return false
	}
	a := &s.agent
	if a.group != 0 && st.Group == a.group {
		return false
	}
	c := a.child
	if c == nil {
		c = a.leader
	}
	if c == nil {
		return true
	}
	agent, ok := s.kernel.Identify(c.pid)
	return !ok || agent.Session != st.Session || agent.Session == s.session
}

// identities notes who is below us now.
func (s *Supervisor) identities() map[int]uint64 {
	ids := map[int]uint64{}
	for _, pid := range s.kernel.Descendants(func(int) bool { return false }) {
		if st, ok := s.kernel.Identify(pid); ok && !st.Zombie() {
			ids[pid] = st.Start
		}
	}
	return ids
}
