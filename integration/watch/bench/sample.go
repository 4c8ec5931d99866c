//go:build linux

package main

import (
	"fmt"
	"slices"
	"time"
)

// nobody stands for a load that no program looks at.
const nobody = "nobody"

// load is how many containers start how many processes a second each.
type load struct{ containers, rate int }

// loads are those of the promise.
var loads = []load{{1, 100}, {1, 333}, {1, 1000}, {10, 10}, {10, 33}, {10, 100}}

func (l load) String() string {
	if l.containers == 1 {
		return fmt.Sprintf("1 container × %d", l.rate)
	}
	return fmt.Sprintf("%d containers × %d", l.containers, l.rate)
}

// sample is one program at one load.
type sample struct {
	program string
	load    load
	tally   tally
	took    time.Duration // the load
	work    time.Duration // processor time of the load
	clocks
	peak int // of the program's memory, in KiB
}

// clocks are processor times.
type clocks struct {
	own    time.Duration // of the program
	docker time.Duration // of dockerd and containerd
	kernel time.Duration // of kauditd
}

func (c clocks) since(before clocks) clocks {
	return clocks{c.own - before.own, c.docker - before.docker, c.kernel - before.kernel}
}

// String is the line that a run shows as it goes.
func (s sample) String() string {
	text := fmt.Sprintf("%-20s %-9s the load %.1f %%, Docker %.1f %%, kauditd %.1f %%",
		s.load, s.program, s.share(s.work), s.share(s.docker), s.share(s.kernel))
	if s.program == nobody {
		return text
	}
	return text + fmt.Sprintf(", itself %.1f %%, %.1f MiB; right %d of %d, wrong %d, none %s, missing %d",
		s.share(s.own), mib(s.peak), s.tally.right, s.tally.processes, s.tally.wrong, without(s.tally), s.tally.missing)
}

// share is a processor time in percent of one processor.
func (s sample) share(d time.Duration) float64 { return 100 * float64(d) / float64(s.took) }

func mib(kib int) float64 { return float64(kib) / 1024 }

// of are the samples of a program at a load.
func of(all []sample, program string, l load) []sample {
	var some []sample
	for _, s := range all {
		if s.program == program && s.load == l {
			some = append(some, s)
		}
	}
	return some
}

func own(s sample) float64     { return s.share(s.own) }
func dockers(s sample) float64 { return s.share(s.docker) }
func kernels(s sample) float64 { return s.share(s.kernel) }
func works(s sample) float64   { return s.share(s.work) }
func memory(s sample) float64  { return mib(s.peak) }
func reached(s sample) float64 { return float64(s.tally.processes) / s.took.Seconds() }

// spread is the median of some values, and the least and the greatest.
func spread(samples []sample, value func(sample) float64) (median, least, most float64) {
	var list []float64
	for _, s := range samples {
		list = append(list, value(s))
	}
	if list == nil {
		return 0, 0, 0
	}
	slices.Sort(list)
	middle := len(list) / 2
	median = list[middle]
	if len(list)%2 == 0 {
		median = (list[middle-1] + list[middle]) / 2
	}
	return median, list[0], list[len(list)-1]
}

// together is the tally of some samples.
func together(samples []sample) tally {
	var sum tally
	for _, s := range samples {
		sum = sum.plus(s.tally)
	}
	return sum
}
