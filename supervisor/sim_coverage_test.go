//go:build linux

package supervisor

import (
	"fmt"
	"testing"
)

// simCoverage counts what lives have seen, so that none of it is lost.
type simCoverage struct {
	phases   [phaseDone + 1]int
	changes  map[[2]phase]int
	timers   [timerKinds]int
	messages map[string]int
	answers  map[string]int
}

func (c *simCoverage) message(msg string) {
	if c.messages == nil {
		c.messages = map[string]int{}
	}
	c.messages[msg]++
}

func (c *simCoverage) String() string {
	return fmt.Sprintf("phases %v, messages %v", c.phases, c.messages)
}

// see notes what the last event led to.
func (sim *simulation) see() {
	if c := sim.seen; c != nil {
		c.phases[sim.s.phase]++
	}
}

func (c *simCoverage) check(t *testing.T, events int) {
	for p, n := range c.phases {
		if n == 0 {
			t.Errorf("no life was in phase %s (%d)", phase(p), p)
		}
	}
}
