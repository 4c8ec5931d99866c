//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// document is docs/bench-pid1.md: the table of this run, and the method.
func document(table string, rows []row) string {
	var b strings.Builder
	b.WriteString("# What an init costs: tsboot beside its peers\n\n")
	fmt.Fprintf(&b, "Written by `make bench-pid1`; do not edit. One run, the inits in turns, on %d processors, Linux %s, %s. ", runtime.NumCPU(), kernel(), runtime.Version())
	b.WriteString("The ratios are what to look at: they hold across machines better than the numbers.\n\n")
	b.WriteString(table)
	b.WriteString(`
## How it is measured

Each init is process 1 of a private pid namespace (package testenv) and has the same child.

* **signal to child**: the time from kill(2) of USR1 to the init until a byte comes back from its child, which waits
  in rt_sigtimedwait(2) and answers through a pipe. "no init" sends it to the child itself: that part is the same for
  all. Blocks of signals go to each init in turn, so that the machine's noise is shared.
  All inits signal the child's whole group. "The least Go loop" is a Go program that does nothing but wait for
  signals by name and pass them on: what separates it from tini is what Go's scheduler and a larger program take to
  wake; what separates tsboot from it is the rest of tsboot (one look at its rules; its trace has one system call
  more a signal than rt_sigtimedwait(2) and kill(2): getpgid(2), for an agent that has left its group).
* **start**: from the start of the init to the first byte that its child, /bin/echo, writes. "no init" starts /bin/echo
  itself. tsboot is asked for no parameter; what remains is the start of a Go program that holds the AWS SDK (its
  packages' initialisation is most of it) against that of a C program of a few pages.
* **born and reaped**: two shells below the child start the orphans; the time until no zombie is left. The births are
  most of it, for every init.
* **dead at once**: the init is stopped with SIGSTOP while the orphans die, then goes on. This is the reaping alone; the
  processor time is that of all its threads (schedstat). tsboot looks (waitid with WNOWAIT) before it waits for a
  process by its number, so that the agent's own status goes to nobody else and its number stays taken while its group
  lives: a system call more an orphan than a plain wait for anybody.
* **anonymous memory**: Anonymous in smaps_rollup while the child sleeps.
* **wake-ups**: voluntary context switches of all threads over 20 s, while the child sleeps.

`)
	for _, r := range rows {
		if strings.Contains(r.verdict(), "**") {
			fmt.Fprintf(&b, "A goal is not reached: %s (%s).\n", r.name, strings.ReplaceAll(r.verdict(), "*", ""))
		}
	}
	return b.String()
}

func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(release))
}
