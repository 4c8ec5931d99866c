package main

import (
	"fmt"
	"strings"
	"time"
)

const chamberName = "chamber exec"

// table is one line a contender; the ratios are of medians, to chamber's.
func table(contenders []*contender) string {
	base := contenders[0]
	var b strings.Builder
	b.WriteString("| program | first byte: least | lower quartile | median | of chamber's | end: median | CPU: median | of chamber's |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range contenders {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.2f | %s | %s | %.2f |\n", c.name,
			ms(c.quantile(0, first)), ms(c.quantile(0.25, first)), ms(c.median(first)), ratio(c, base, first),
			ms(c.median(whole)), ms(c.median(cpu)), ratio(c, base, cpu))
	}
	return b.String()
}

func ratio(c, base *contender, of func(run) time.Duration) float64 {
	return float64(c.median(of)) / float64(base.median(of))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

const method = `# A boot beside chamber's

Written by ` + "`make bench-boot CHAMBER_BINARY=/path/to/chamber`" + `. Chamber is built from its own repository
(github.com/segmentio/chamber, ` + "`CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' .`" + `) and is no part of this one.

## Method
One session, one in-memory Parameter Store on loopback (` + "`secrets/secretstest`" + `) with %d parameters below ` + "`/svc`" + `: one page for
both programs. The agent is ` + "`/bin/echo x`" + `. %d runs of each program, in turn, after two that do not count. *First byte* is from the
start of the program to the first byte that the agent prints: what the boot costs. *End* is to the end of the program, *CPU* the time
that all its processes were given. Ratios are of medians. On a machine that does other things at the same time the ratios mean more
than the times, and the least more than the median.

* **chamber exec**: ` + "`chamber exec svc -- /bin/echo x`" + `; reads, then execs away.
* **tsboot exec --replace**: ` + "`tsboot exec --replace --ssm-path /svc -- /bin/echo x`" + `, which does the same.
* **tsboot exec**: without ` + "`--replace`" + `: tsboot stays to supervise. Two processes of it start, one after the other: the one that
  stays, and the worker that fetches and is gone before the agent starts ([design.md](design.md), "Two processes").
* **the least program with the SDK**: ` + "`integration/bench/bare`" + `: configuration, one call, exec; nothing that does the same by way of the
  SDK's configuration can be faster.

## Figures
`

const reading = `
The goal was 0.75 of chamber's. **It is not reached.** That is about what the least program with the SDK takes: there is no room
for flags, a profile, checks and a log beside it, and none at all for a second process.

## Where the time goes
Before the first line of tsboot runs, the runtime initialises every package of the binary (` + "`GODEBUG=inittrace=1 tsboot version`" + `; the least of
15 starts for each package):

`

const causes = `
The time above does not hold the page faults that go with it: in a profile (` + "`perf record -e cpu-clock -g`" + `) they are as much again. Of
one process of some 7 ms CPU then, 2 are the runtime's own start, 4 the initialisation of packages, and about 1 is what tsboot does;
a fetch on loopback adds 3, of which 2 are the SDK's in the least program, too. ` + "`tsboot exec`" + ` pays the first two twice.

* The greater part of the initialisation is the SDK's: for each service that its credential chain may need (sts, sso, ssooidc, signin) a table
  of endpoints with its regular expressions, and, in releases that have them, the schemas of every operation. It cannot be put
  off from outside. ` + "`service/ssm`" + ` is held at a release without schemas; holding the whole SDK at that release (config v1.33.11 and
  what belongs to it) takes the initialisation from 4.7 to 3.2 ms and 236 KB off the heap of each process, measured.
* Without the SDK's configuration (a chain of our own for environment, container, instance and web identity) the least program
  takes 0.61 of chamber's time in place of 0.74. It would lose shared profiles, SSO and assumed roles; that is not worth 2 ms once a boot.
* What was done: patterns are compiled and built-in profiles parsed when they are used (0.4 and 1.2 ms of every boot), ` + "`service/ssm`" + ` is pinned, the SDK's configuration is
  loaded once, nothing is asked of STS unless a message needs it, a boot without sources starts no worker.
* A worker costs a second start, about 8 ms once. It buys a process that stays for months with about half the memory, and without
  AWS credentials or the agent's secrets. For a command that needs no supervision there is ` + "`--replace`" + `.
`

func page(o options, table, trace string) string {
	return fmt.Sprintf(method, o.parameters, o.runs) + table + reading + trace + causes
}
