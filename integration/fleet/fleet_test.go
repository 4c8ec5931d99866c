package main

import "testing"

// The goals of the page, on the means, wherever the floor is long enough for them to mean something: below five
// seconds the round trip and the spread of the start are more than the margin.
const (
	leastFloor       = 5.0
	lastWithout      = 1.15
	lastWith         = 1.05
	callsWith        = 1.25
	shortSlack       = 0.15 // seconds, where the floor is shorter
	simulatedHostMax = 5000
)

func TestGoals(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		if testing.Short() && s.hosts == simulatedHostMax {
			continue
		}
		m, floor := s.measure(s.maker(ours)), s.fleet().floor().Seconds()
		last := lastWithout
		if s.splay > 0 {
			last = lastWith
		}
		limit := last * floor
		if floor < leastFloor {
			limit += shortSlack
		}
		if m.booted < 1 {
			t.Errorf("%+v: %.2f %% boot", s, 100*m.booted)
		}
		if m.last > limit {
			t.Errorf("%+v: the last boots after %.2f s, %.3f floors; want %.2f", s, m.last, m.floors, last)
		}
		if s.splay > 0 && m.calls > callsWith {
			t.Errorf("%+v: %.2f times the calls that are needed, want %.2f", s, m.calls, callsWith)
		}
	}
}

// The comparison would be worthless if the others' code were not at work: the SDK gives up after three refusals, and
// a host alone needs no more calls than it has pages.
func TestClients(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		maker maker
		tries int
	}{"sdk": {newSDK(3), 3}, "chamber": {newSDK(10), 10}} {
		o := fleet{hosts: 2, calls: 1, limit: 0.0001, burst: 1}.run(test.maker, 1)
		if o.booted != 1 || o.calls != 1+test.tries {
			t.Errorf("%s: %+v, want one host booted and %d calls", name, o, 1+test.tries)
		}
		if o := (fleet{hosts: 1, calls: 3, limit: 40, burst: 40}).run(test.maker, 1); o.booted != 1 || o.calls != 3 {
			t.Errorf("%s: a host alone: %+v", name, o)
		}
	}
	o := fleet{hosts: 2, calls: 1, limit: 0.0001, burst: 1}.run(newTsboot(defaultTimeout), 1)
	if o.booted != 1 || o.calls < 20 {
		t.Errorf("tsboot: %+v, want one host booted, the other trying to its deadline", o)
	}
}
