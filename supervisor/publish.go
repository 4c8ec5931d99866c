//go:build linux

package supervisor

import "sync/atomic"

// snapshotBox holds the newest snapshot, and tells one reader of each change.
type snapshotBox struct {
	p       atomic.Pointer[Snapshot]
	changes chan struct{}
}

// Snapshot returns the newest one.
func (s *Supervisor) Snapshot() Snapshot { return *s.snapshot.p.Load() }

// Step is the step of a setup that is under way; nil: none is. Any goroutine may
// ask.
func (s *Supervisor) Step() *StepNow { return s.step.Load() }

// Changes gives one token after each change of the snapshot; changes that were
// not looked at yet are one. It is for one reader.
func (s *Supervisor) Changes() <-chan struct{} { return s.snapshot.changes }

// shownPhase is what others see: what no start follows is no backoff.
func (s *Supervisor) shownPhase() phase {
	if s.endsForGood() {
		return phaseStopping
	}
	return s.phase
}

// publish makes the loop's state visible to others.
func (s *Supervisor) publish() {
	a := &s.agent
	snap := &Snapshot{
		Phase: s.shownPhase().String(), Since: s.since, Orphans: s.orphans, Restarts: max(0, a.started-1),
		HealthFailures: s.health.failures,
	}
	if a.child != nil {
		snap.AgentPID, snap.AgentPIDs, snap.StartedAt = a.child.pid, []int{a.child.pid}, a.child.started
		for _, p := range a.peers {
			snap.AgentPIDs = append(snap.AgentPIDs, p.pid)
		}
	}
	if !a.lastEnd.IsZero() {
		last := a.last
		snap.LastExit, snap.LastEnd = &last, a.lastEnd
	}
	if t := &s.trial; t.state != trialNone {
		snap.Trial = true
		if t.state == trialProbation || t.state == trialChecking {
			snap.ProbationUntil = t.until
		}
	}
	if s.phase == phaseBackoff {
		snap.NextStart = s.timers.due[timerBackoff]
	}
	s.snapshot.p.Store(snap)
	select {
	case s.snapshot.changes <- struct{}{}:
	default: // one is already waiting to be taken
	}
}
