//go:build linux

package supervisor

import (
	"github.com/tsboot/tsboot/supervisor/process"
)

// noteDaemons notes what a setup left behind: its daemons are not the agent's
// and outlive its restarts.
func (s *Supervisor) noteDaemons() {
	first := s.setup.kind == setupFirst
	if first {
		s.setupDaemons = map[int]uint64{}
	}
	for _, pid := range s.kernel.Descendants(func(pid int) bool { return s.children[pid] != nil }) {
		if st, ok := s.kernel.Identify(pid); ok && !st.Zombie() && (first || s.ofSetup(pid, st)) {
			s.setupDaemons[pid] = st.Start
		}
	}
}

// ofSetup reports whether the setup of a refresh has left an orphan behind, and
// not the agent, beside which that setup runs: it came later, and is in neither
// the group nor a session of the agent.
func (s *Supervisor) ofSetup(pid int, st process.Stat) bool {
	if start, known := s.setup.before[pid]; known && start == st.Start {
		return false
	}
	a := &s.agent
	if a.group != 0 && st.Group == a.group {
		return false
	}
	for _, c := range append([]*child{a.child, a.leader}, a.peers...) {
		if c == nil {
			continue
		}
		if agent, ok := s.kernel.Identify(c.pid); ok && agent.Session == st.Session && agent.Session != s.session {
			return false
		}
	}
	return true
}

// identities lists the processes below tsboot.
func (s *Supervisor) identities() map[int]uint64 {
	ids := map[int]uint64{}
	for _, pid := range s.kernel.Descendants(func(int) bool { return false }) {
		if st, ok := s.kernel.Identify(pid); ok && !st.Zombie() {
			ids[pid] = st.Start
		}
	}
	return ids
}
