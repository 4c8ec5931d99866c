//go:build linux

package supervisor

import "slices"

// phase is where the one agent stands. Every event is a switch over it.
type phase int

const (
	phaseFetching phase = iota // no plan yet; helpers may run
	phaseSetup                 // setup steps, one after the other
	phaseStarting              // the start command runs, or has ended and its daemon is sought
	phaseRunning               // the agent runs
	phaseDraining              // the agent is stopped or has ended; what it left is stopped too
	phaseBackoff               // the agent will be started again
	phaseStopping              // a stop signal came: everything is stopped, for good
	phaseDone                  // the answer has been given
)

// phases are the names of the phases, what `tsboot status` calls them, and which
// others may follow. It is the state diagram of docs/design.md.
var phases = [...]struct {
	name, shown string
	next        []phase
}{
	phaseFetching: {"fetching", "fetching", []phase{phaseSetup, phaseStopping}},
	phaseSetup:    {"setup", "setup", []phase{phaseStarting, phaseRunning, phaseDraining, phaseBackoff, phaseStopping}},
	phaseStarting: {"starting", "running", []phase{phaseRunning, phaseDraining, phaseStopping}},
	phaseRunning:  {"running", "running", []phase{phaseDraining, phaseStopping}},
	phaseDraining: {"draining", "backoff", []phase{phaseSetup, phaseStarting, phaseRunning, phaseBackoff, phaseStopping, phaseDone}},
	phaseBackoff:  {"backoff", "backoff", []phase{phaseSetup, phaseStarting, phaseRunning, phaseDraining, phaseStopping}},
	phaseStopping: {"stopping", "stopping", []phase{phaseDone}},
	phaseDone:     {"done", "stopping", nil},
}

// String gives the names that `tsboot status` shows.
func (p phase) String() string { return phases[p].shown }

// mayBecome reports whether the diagram has an edge from p to q.
func (p phase) mayBecome(q phase) bool { return slices.Contains(phases[p].next, q) }

// enter changes the phase. A change that the diagram does not have is a bug of
// tsboot; it is logged and made, because the agent must still be supervised.
func (s *Supervisor) enter(p phase) {
	if p == s.phase {
		return
	}
	if !s.phase.mayBecome(p) {
		s.log.Error("unexpected change of phase", "from", phases[s.phase].name, "to", phases[p].name)
	}
	s.phase, s.since = p, s.now()
	s.publish()
}
