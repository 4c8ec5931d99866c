//go:build linux

package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// The promises that the page answers.
const (
	promisedShare  = 0.999
	promisedMemory = 64 // MiB
)

// conclusions are a line for each promise.
func conclusions(all []sample) string {
	return "* " + strings.Join([]string{aboutContainers(all), aboutTime(all), aboutMemory(all)}, "\n* ") + "\n"
}

func aboutContainers(all []sample) string {
	least, wrong, where := 1.0, 0, ""
	for _, l := range measured(all) {
		t := together(of(all, ours, l))
		wrong += t.wrong
		if share := t.share(); share < least {
			least, where = share, " (at "+l.String()+")"
		}
	}
	verdict := "Kept"
	if least < promisedShare || wrong > 0 {
		verdict = "**Not kept**"
	}
	found := "all"
	if least < 1 {
		found = fmt.Sprintf("%.3f %% or more%s", 100*least, where)
	}
	return fmt.Sprintf("%s: the right container for at least 99.9 %% of the processes. tswatch found it for %s, and named a wrong one %d times.", verdict, found, wrong)
}

func aboutTime(all []sample) string {
	var above []string
	var ratios []float64
	for _, l := range measured(all) {
		r := ratio(all, l)
		ratios = append(ratios, r)
		if r > 1 {
			above = append(above, fmt.Sprintf("%s (%.2f)", l, r))
		}
	}
	if above != nil {
		return fmt.Sprintf("**Not kept**: processor time not above go-audit's. tswatch needs more at %s.", strings.Join(above, ", "))
	}
	return fmt.Sprintf("Kept: processor time not above go-audit's. tswatch needs %.2f to %.2f of it.", slices.Min(ratios), slices.Max(ratios))
}

func aboutMemory(all []sample) string {
	var our []sample
	for _, l := range measured(all) {
		our = append(our, of(all, ours, l)...)
	}
	most, verdict := greatest(our, memory), "Kept"
	if most >= promisedMemory {
		verdict = "**Not kept**"
	}
	return fmt.Sprintf("%s: memory under %d MiB. tswatch had %.1f MiB at most.", verdict, promisedMemory, most)
}

// page is docs/bench-watch.md.
func page(s surroundings, all []sample) string {
	var b strings.Builder
	b.WriteString("# tswatch beside go-audit, in containers\n\n")
	fmt.Fprintf(&b, "Written by `make bench-watch GO_AUDIT_BINARY=/path/to/go-audit`; do not edit. One run,\non %d processors (%s), Linux %s, cgroups %s, Docker %s.\n",
		runtime.NumCPU(), s.processor, s.kernel, s.cgroups, s.docker)
	fmt.Fprintf(&b, "tswatch is %s. go-audit is github.com/slackhq/go-audit %s.\n\n", s.tswatch, s.goAudit)
	b.WriteString(conclusions(all) + "\n")
	fmt.Fprintf(&b, "Each load lasts %v. Processor time is in percent of one processor: the median of %d rounds, and the range.\n\n", s.length, s.rounds)
	b.WriteString(tables(all))
	fmt.Fprintf(&b, method, "`tswatch "+strings.Join(tswatchFlags("DIR", "HOST", "ADDRESS"), " ")+"`")
	return b.String()
}

const method = `
## How it is measured

* The load is real containers of a Docker engine that this run starts, with its own directory and no network. In each a program
  starts the shortest process that there is: 129 bytes that call _exit(2). "10 containers × 100" is 100 a second in each of ten.
* The containers run from the beginning and are ordered through pipes. So Docker has nothing to do but what a program asks of it.
* The programs take turns at each load, and the order is reversed in each round. Only one runs at a time, because go-audit takes
  the place of the audit daemon. Before a load counts, each container starts five processes, so that both know the containers.
* Each process has an argument of its own. So of each it is known what should be said. *Right*: its event has the whole id of
  its container. *No container*: the event is there, without an id, and tswatch says why. Events that did not come are *missing*.
* *Processor time* is the clock of the process (all its threads, in user and kernel mode), from the beginning of the load until
  the output is quiet. That of Docker is dockerd and its containerd. That of the load is all that runs in the containers.
  kauditd is the kernel's thread that hands out the records. Where no audit daemon is registered, as with tswatch, it also writes
  some of them to the kernel's log.
* *Peak memory* is VmHWM, the greatest of the rounds.
* Both write JSON to standard output, which is a file in the same directory.
* Both get the same records: execve and execveat, 64 and 32 bits, of the user of the load. The kernel's queue is the same, too
  (8,192 records, no waiting).

go-audit has its container extension on, with ` + "`docker: true`" + ` and ` + "`docker_cache: 1024`" + `: it asks Docker once for each container. That is its best
setting: without the cache it asks for each process. Its cache of pids is off, as by default, because it would take a pid that is used again for
the old process. Its socket asks for 8 MiB, as tswatch's does; the kernel gives it what net.core.rmem_max allows.

tswatch has its defaults: %s.

## What each does more

* tswatch judges each event by the rules of both built-in sets, splits arguments, looks up both pids, the container's name, the tags and digests of
  its image, and counts what was lost. It adds its kernel rules for other events, too; the load has none of these.
* go-audit writes the records as they come, and the names of users. It gives the image's name; the container's name only for Kubernetes.
* Where a process is gone, go-audit asks once for its parent. It does not see that a process that ends looks like one of the host in
  version 1 of cgroups; it says nothing of the container then.

## Run it

It needs root, auditctl, dockerd, docker and Go, and takes about six minutes. Nothing else of the machine may use audit. The kernel's settings are
put back at the end, also after Ctrl-C. go-audit is no part of this repository:

` + "```sh shown: it measures for six minutes, as root" + `
git clone https://github.com/slackhq/go-audit
(cd go-audit && CGO_ENABLED=0 go build -trimpath .)
make bench-watch GO_AUDIT_BINARY=$PWD/go-audit/go-audit
` + "```" + `
`
