package main

import "time"

// The three clients that are compared.
const (
	ours = iota
	sdkDefault
	chamber
	clients
)

// defaultTimeout is --fetch-timeout's.
const defaultTimeout = 5 * time.Minute

// seeds is how often each scenario is run; figures are means, and the worst where that is said.
const seeds = 5

// splayFactor is what the page advises: a splay of so many floors.
const splayFactor = 1.02

// A scenario is one line of the tables.
type scenario struct {
	how     string // "path", "names"
	limit   float64
	hosts   int
	calls   int     // of each host
	splay   float64 // in floors
	burst   int     // 0: one second's worth
	timeout time.Duration
}

func (s scenario) fleet() fleet {
	f := fleet{hosts: s.hosts, calls: s.calls, limit: s.limit, burst: s.burst}
	if f.burst == 0 {
		f.burst = int(s.limit)
	}
	f.splay = time.Duration(s.splay * float64(f.floor()))
	return f
}

// measured is what a client made of a scenario.
type measured struct {
	booted    float64 // the worst share
	last      float64 // mean, in seconds
	lastWorst float64
	floors    float64 // mean of last, in floors
	calls     float64 // mean, against the calls that are needed
}

func (s scenario) measure(make maker) measured {
	f := s.fleet()
	m := measured{booted: 1}
	for seed := range uint64(seeds) {
		o := f.run(make, seed+1)
		m.booted = min(m.booted, float64(o.booted)/float64(f.hosts))
		m.last += o.last.Seconds() / seeds
		m.lastWorst = max(m.lastWorst, o.last.Seconds())
		m.calls += float64(o.calls) / float64(f.hosts*f.calls) / seeds
	}
	m.floors = m.last / f.floor().Seconds()
	return m
}

// maker is the client that the scenario compares under that number.
func (s scenario) maker(client int) maker {
	switch client {
	case ours:
		return newTsboot(s.deadline())
	case sdkDefault:
		return newSDK(3)
	}
	return newSDK(10)
}

// deadline is the default, except for fleets that the account cannot serve in that time: these wait longer.
func (s scenario) deadline() time.Duration {
	if s.timeout != 0 {
		return s.timeout
	}
	if need := s.fleet().floor() * 3 / 2; need > defaultTimeout {
		return need
	}
	return defaultTimeout
}

// scenarios are those of the main table: by path against the quota of accounts as they come and of those with higher
// throughput; by names against the same, where GetParameters has a quota far above.
func scenarios() []scenario {
	var list []scenario
	for _, account := range []struct {
		how   string
		limit float64
		calls []int
	}{{"path", 40, []int{1, 3}}, {"path", 100, []int{1, 3}}, {"names", 40, []int{2}}, {"names", 3000, []int{2}}} {
		for _, hosts := range []int{200, 1000, 5000} {
			for _, calls := range account.calls {
				for _, splay := range []float64{0, splayFactor} {
					list = append(list, scenario{how: account.how, limit: account.limit, hosts: hosts, calls: calls, splay: splay})
				}
			}
		}
	}
	return list
}

// variations ask what else could be: an account that lets no burst through, splays that are too short, a fleet that
// is larger than the default deadline allows.
func variations() []scenario {
	big := scenario{how: "path", limit: 40, hosts: 5000, calls: 1}
	var list []scenario
	for _, splay := range []float64{0, 0.25, 0.5, 0.8, 1, splayFactor, 1.1} {
		s := big
		s.splay = splay
		list = append(list, s)
	}
	for _, splay := range []float64{0, splayFactor} {
		s := big
		s.splay, s.burst = splay, 1
		list = append(list, s)
	}
	for _, splay := range []float64{0, splayFactor} {
		s := big
		s.calls, s.splay, s.timeout = 3, splay, defaultTimeout
		if splay > 0 { // one that fits the deadline
			s.splay = 0.75
		}
		list = append(list, s)
	}
	return list
}
