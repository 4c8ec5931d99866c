//go:build linux

package supervisor

import "testing"

// simCoverage counts what the runs have been through, so that nothing drops out.
type simCoverage struct {
	phases   [phaseDone + 1]int
	changes  map[[2]phase]int // from the phase before an event to that after it
	timers   [timerKinds]int
	messages map[string]int
	trials   map[string]int // the edges of the trials
}

func newSimCoverage() *simCoverage {
	return &simCoverage{changes: map[[2]phase]int{}, messages: map[string]int{}, trials: map[string]int{}}
}

// see notes what the last event led to.
func (sim *simulation) see(before phase) {
	if c := sim.seen; c != nil {
		c.phases[sim.s.phase]++
		c.changes[[2]phase{before, sim.s.phase}]++
	}
}

// check checks that the runs have been everywhere.
func (c *simCoverage) check(t *testing.T) {
	for from, p := range phases {
		for _, to := range p.next {
			if c.changes[[2]phase{phase(from), to}] == 0 {
				t.Errorf("no run went from %s to %s", p.name, phases[to].name)
			}
		}
	}
	for kind, n := range c.timers {
		if n == 0 {
			t.Errorf("in no run timer %d was due", kind)
		}
	}
	for _, edge := range trialEdges() {
		if c.trials[edge] == 0 {
			t.Errorf("no trial went %s", edge)
		}
	}
	for _, msg := range []string{
		"agent started", "agent exited", "restarting agent", "gave up", "health check failed", "killed remaining processes",
		"processes survive SIGKILL", "setup step failed", "start agent", "start command failed", "stopping", daemonHint,
		"rolled back", "daemon exited", "stop command failed: the agent gets the stop signal", "setup not repeated", "repeat setup", "put the previous files back", "health check failed in the start period", "agent of an earlier run exited",
	} {
		if c.messages[msg] == 0 {
			t.Errorf("no run logged %q", msg)
		}
	}
}
