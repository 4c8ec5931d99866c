package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

const preface = `# A fleet against one quota

Written by ` + "`make bench-fleet`" + `, which needs nothing but Go and takes half a minute.

The night a fleet redeploys, every host asks Parameter Store in the same minute, and the account lets 40 calls a second
through (100 where higher throughput is on; 3,000 and more then for ` + "`GetParameters`, which `--ssm-fetch names`" + ` uses).
This page shows what becomes of the fleet.

## Method
` + "`integration/fleet`" + ` is a simulator in virtual time. The account is a token bucket that is full at first and holds one second's
worth of calls. Hosts start within 50 ms of each other, or after a random wait up to ` + "`--splay`" + `; an answer takes 15 to 35 ms; a
refused call costs the account nothing. What a host does about ` + "`ThrottlingException`" + ` is the code that ships, not a model of it:

* **tsboot**: ` + "`ssm.DefaultPolicy().Next`" + `, with ` + "`--fetch-timeout`" + ` at its default of 5 minutes (1.5 floors where the floor alone
  is so long that the default could not do);
* **SDK**: ` + "`retry.Standard`" + ` of the AWS SDK for Go as it comes: three tries, 20 s, the client's own bucket of retry tokens;
* **chamber**: the same with ten tries, as chamber sets it.

The **floor** is hosts × calls ÷ limit, the least time in which any client could be done. *Booted* is the worst of five
runs with different random numbers, the other figures are means; *worst* is the longest of the runs. *Calls* counts those that
were refused, too: 1.00 is one call for each that had to be. A host makes a call a page: ten parameters below the path, or ten
names (the Threat Stack profiles have 16 names to ask for, with their aliases: two calls). A splay is 1.02 floors:
` + "`--splay` = 1.02 × hosts × calls ÷ limit" + `. SDK and chamber have none of their own; here they get the same.

`

const header = "| by | limit | hosts | calls each | floor | splay | tsboot booted | last | floors (worst) | calls | SDK booted | calls | chamber booted | last | floors | calls |\n" +
	"|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"

// mainTable is one line a scenario, the three clients side by side.
func mainTable() string {
	var b strings.Builder
	b.WriteString("## Hosts booted, time of the last, calls\n" + header)
	for _, s := range scenarios() {
		f := s.fleet()
		floor := f.floor().Seconds()
		us, them, ten := s.measure(s.maker(ours)), s.measure(s.maker(sdkDefault)), s.measure(s.maker(chamber))
		fmt.Fprintf(&b, "| %s | %.0f | %s | %d | %s | %s | **%s** | %s | **%.2f** (%.2f) | %.2f | %s | %.2f | %s | %s | %.2f | %.2f |\n",
			s.how, s.limit, thousands(s.hosts), s.calls, seconds(floor), splayText(f.splay),
			percent(us.booted), seconds(us.last), us.floors, us.lastWorst/floor, us.calls,
			percent(them.booted), them.calls,
			percent(ten.booted), seconds(ten.last), ten.floors, ten.calls)
	}
	return b.String()
}

// variationTable is tsboot alone, under other conditions.
func variationTable() string {
	var b strings.Builder
	b.WriteString("## What if\ntsboot by path, 5,000 hosts, 40 calls a second.\n\n" +
		"| calls each | burst | splay in floors | timeout | booted | last | floors | calls |\n|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range variations() {
		m, f := s.measure(s.maker(ours)), s.fleet()
		fmt.Fprintf(&b, "| %d | %d | %.2f | %s | %s | %s | %.2f | %.2f |\n",
			s.calls, f.burst, s.splay, s.deadline(), percent(m.booted), seconds(m.last), m.floors, m.calls)
	}
	return b.String()
}

const reading = `## Reading it
* Goals: all hosts boot; the last within 1.15 floors without splay, within 1.05 with it; with splay at most 1.25 times the calls
  that are needed. They are met wherever the floor is 5 s or more. Below that the spread of the start and the round trip of the
  last call (75 ms together) are more than the margin: 200 hosts at 100 calls a second are 2.0 s of work.
* Without a splay tsboot trades calls for time: each host finds out by asking that it is not its turn yet. Give a fleet of more
  than a few hundred hosts a ` + "`--splay`" + `: the same time, hardly a call in vain.
* Where an account lets no burst through at all (*burst* 1 above), calls that come at random cannot be spaced as it wants them
  without talking to each other: a third of its calls goes unused, with any client.
* A splay that is too short is better than none, one that is too long costs what it is too long.
* By names against the same quota is no gain (two calls in place of one); with higher throughput on it ends the problem.
* Where the floor is longer than ` + "`--fetch-timeout`" + ` nothing can boot all: raise it with the fleet.
* 200 real processes against a store that throttles are ` + "`go test ./integration/fleet -run TestProcesses -v`" + `.
`

func tables() string { return mainTable() + "\n" + variationTable() }

func page(tables string) string { return preface + tables + "\n" + reading }

func percent(share float64) string {
	if share == 1 {
		return "100 %"
	}
	return fmt.Sprintf("%.1f %%", math.Floor(1000*share)/10) // never rounded up to all
}

func seconds(s float64) string { return fmt.Sprintf("%.1f s", s) }

func splayText(d time.Duration) string {
	if d == 0 {
		return "none"
	}
	return seconds(d.Seconds())
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
