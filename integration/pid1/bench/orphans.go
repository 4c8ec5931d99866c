//go:build linux

package main

import (
	"fmt"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
	"github.com/tsboot/tsboot/integration/wait"
)

// patience bounds every wait of a measurement.
const patience = 5 * time.Minute

// orphans measures the reaping of a crowd in two ways: while it is being born, births included, and of a heap of dead
// that came while the init stood still, which is the reaping alone.
func orphans(s settings, inits []*adapter.Adapter) ([]row, error) {
	stream, heap, cpu := make([][]time.Duration, len(inits)), make([][]time.Duration, len(inits)), make([][]time.Duration, len(inits))
	for range s.rounds {
		for n, a := range inits {
			d, err := born(a, s.orphans)
			if err != nil {
				return nil, fmt.Errorf("orphans of %s: %w", a.Name, err)
			}
			stream[n] = append(stream[n], d)
			wall, used, err := heaped(a, s.orphans/2)
			if err != nil {
				return nil, fmt.Errorf("dead orphans of %s: %w", a.Name, err)
			}
			heap[n], cpu[n] = append(heap[n], wall), append(cpu[n], used)
		}
	}
	rows := []row{
		{name: fmt.Sprintf("%d orphans born and reaped", s.orphans), unit: "ms", goal: 1.2},
		{name: fmt.Sprintf("%d dead at once, reaped", s.orphans/2), unit: "ms"},
		{name: "processor time of the init for those", unit: "ms"},
	}
	for n := range inits {
		for k, took := range [][]time.Duration{stream[n], heap[n], cpu[n]} {
			rows[k].values = append(rows[k].values, micro(quantile(took, 0.5))/1000)
		}
	}
	return rows, nil
}

func born(a *adapter.Adapter, n int) (time.Duration, error) {
	s, child, err := startOverHelper(a)
	if err != nil {
		return 0, err
	}
	defer s.end()
	began := time.Now()
	if err := startOrphans(child, n, 2); err != nil {
		return 0, err
	}
	if !wait.Until(patience, func() bool { return s.Count() == 2 }) {
		return 0, testenv.ErrTimeout
	}
	return time.Since(began), nil
}

// startOrphans has so many shells share the births.
func startOrphans(child *testenv.Helper, n, shells int) error {
	script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do (:&); i=$((i+1)); done", n/shells)
	for range shells {
		if _, err := child.Do(testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: []string{"/bin/sh", "-c", script}}}); err != nil {
			return err
		}
	}
	return nil
}

// heaped stops the init, lets the orphans die, and lets it go on.
func heaped(a *adapter.Adapter, n int) (wall, used time.Duration, err error) {
	s, child, err := startOverHelper(a)
	if err != nil {
		return 0, 0, err
	}
	defer s.end()
	if err := s.init.Signal(syscall.SIGSTOP); err != nil {
		return 0, 0, err
	}
	if err := startOrphans(child, n, 2); err != nil {
		return 0, 0, err
	}
	if !wait.Until(patience, func() bool { return s.Count() == n+2 }) {
		return 0, 0, testenv.ErrTimeout
	}
	last := 0
	for _, p := range s.Zombies() {
		last = max(last, p.PID)
	}
	before, err := s.processorTime()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := s.init.Signal(syscall.SIGCONT); err != nil {
		return 0, 0, err
	}
	// The last born is reaped last: the kernel keeps children in the order they came.
	if !wait.Until(patience, func() bool { _, there := s.Process(last); return !there }) {
		return 0, 0, testenv.ErrTimeout
	}
	wall = time.Since(began)
	if left := len(s.Zombies()); left > 0 {
		return 0, 0, fmt.Errorf("%d zombies are left", left)
	}
	after, err := s.processorTime()
	return wall, after - before, err
}
