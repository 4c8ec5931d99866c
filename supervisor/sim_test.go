//go:build linux

package supervisor

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var (
	simSeed   = flag.Uint64("seed", 0, "run only the simulation with this seed, and print its trace")
	simEvents = flag.Int("events", 0, "how many events the simulations have in all; 0: 1,000,000, and fewer with -short")
)

const (
	simEventsDefault = 1_000_000
	simEventsShort   = 50_000
	simTraceLines    = 150 // of one that failed
)

// TestSimulation drives the state machine through random runs: a model of the
// kernel, of what programs do and of what comes from outside, in virtual time.
// Each seed is one run, the same each time:
//
//	go test ./supervisor -run TestSimulation -seed=N
func TestSimulation(t *testing.T) {
	t.Parallel()
	if *simSeed != 0 {
		sim := newSimulation(*simSeed, nil)
		err := sim.run()
		for _, line := range sim.trace {
			t.Log(line)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	want := *simEvents
	if want == 0 {
		want = simEventsDefault
		if testing.Short() {
			want = simEventsShort
		}
	}
	seen := newSimCoverage()
	events, runs := 0, uint64(0)
	for events < want {
		runs++
		sim := newSimulation(runs, seen)
		if err := sim.run(); err != nil {
			t.Fatalf("seed %d: %v\n%s", runs, err, simTraceOf(runs))
		}
		events += sim.events
	}
	t.Logf("%d events in %d runs; in each phase: %v", events, runs, seen.phases)
	if events >= simEventsDefault {
		seen.check(t)
	}
}

// simTraceOf runs a seed again, for the end of its trace.
func simTraceOf(seed uint64) string {
	sim := newSimulation(seed, nil)
	_ = sim.run()
	lines := sim.trace
	if n := len(lines) - simTraceLines; n > 0 {
		lines = lines[n:]
	}
	return strings.Join(lines, "\n") + fmt.Sprintf("\nall of it: go test ./supervisor -run TestSimulation -seed=%d", seed)
}

// TestSimulationRepeats holds that a seed gives the same run each time.
func TestSimulationRepeats(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 100; seed++ {
		first, second := newSimulation(seed, nil), newSimulation(seed, nil)
		if err := errors.Join(first.run(), second.run()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(first.trace, second.trace) {
			t.Fatalf("two runs of seed %d differ", seed)
		}
	}
}
