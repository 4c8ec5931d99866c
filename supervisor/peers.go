//go:build linux

package supervisor

import "slices"

// An agent may be several daemons. One of them is agentState.child, the others are its
// peers. Each is a child of its own, with a status of its own; what counts as the end of
// the agent is the end of child, and Follow.AnyEnd makes any of them that.

func (a *agentState) isPeer(c *child) bool { return slices.Contains(a.peers, c) }

// peerEnded takes the end of a daemon, unless that is the end of the agent.
func (s *Supervisor) peerEnded(c *child, status Status) bool {
	a := &s.agent
	i := slices.Index(a.peers, c)
	if i < 0 {
		return false
	}
	a.peers = slices.Delete(slices.Clone(a.peers), i, i+1)
	runs := s.phase == phaseRunning && s.agentAlive()
	if runs && a.anyEnd {
		a.peers = append(a.peers, a.child)
		a.child = c
		return false
	}
	log := s.log.Info
	if runs && !a.sentTo(status) {
		log = s.log.Warn
	}
	log("daemon exited", describe(c.pid, status)...)
	s.release(c)
	s.publish()
	s.lookAgain()
	return true
}

// stopPeers stops the daemons that are left when one has ended whose end counts. A stop
// command that still runs may be about to.
func (s *Supervisor) stopPeers() {
	if len(s.agent.peers) == 0 || s.shutdown.killing || s.shutdown.sent || s.stopRuns() {
		return
	}
	s.shutdown.sent = true
	for _, p := range s.agent.peers {
		s.stopTarget(target{s.groupOf(p), p.pid}, s.stopSignal(sigTerm))
	}
}

// peersStop reports whether daemons are left that were asked to end: what they leave
// behind is not signalled before they have.
func (s *Supervisor) peersStop() bool {
	return len(s.agent.peers) > 0 && s.shutdown.sent && !s.shutdown.killing
}
