//go:build linux

package supervisor

import (
	"sync/atomic"
	"time"
)

// Snapshot is what the supervisor does at one moment. It may be read from any
// goroutine.
type Snapshot struct {
	Phase     string // fetching, setup, running, backoff, stopping
	Since     time.Time
	AgentPID  int // 0 while there is none
	StartedAt time.Time
	Restarts  int
	LastExit  *Status // nil before the first end
	LastEnd   time.Time
	Orphans   int // reaped so far
}

type snapshotBox struct{ p atomic.Pointer[Snapshot] }

// Snapshot returns the newest one.
func (s *Supervisor) Snapshot() Snapshot { return *s.snapshot.p.Load() }

// publish makes the loop's state visible to others.
func (s *Supervisor) publish() {
	a := &s.agent
	snap := &Snapshot{Phase: s.phase.String(), Since: s.since, Orphans: s.orphans, Restarts: max(0, a.started-1)}
	if a.child != nil {
		snap.AgentPID, snap.StartedAt = a.child.pid, a.child.started
	}
	if !a.lastEnd.IsZero() {
		last := a.last
		snap.LastExit, snap.LastEnd = &last, a.lastEnd
	}
	s.snapshot.p.Store(snap)
}
