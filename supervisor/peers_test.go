//go:build linux

package supervisor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// several is an agent of daemons, each in a session of its own. One ends with code 20 plus its number when it gets
// SIGTERM, with code 30 plus it when $D/NAME.end is there, and notes its signals in $D/log.
func several(names ...string) Agent {
	var script strings.Builder
	for n, name := range names {
		fmt.Fprintf(&script, `(setsid sh -c 'trap "echo %[1]s.term >> $D/log; exit 2%[2]d" TERM; trap "echo %[1]s.usr1 >> $D/log" USR1
			echo $$ > $D/%[1]s.tmp; mv $D/%[1]s.tmp $D/%[1]s; while ! [ -e $D/%[1]s.end ]; do sleep 0.01; done; exit 3%[2]d' &)`+"\n", name, n)
	}
	follow := &Follow{PIDFile: "$D/" + names[0]}
	for _, name := range names[1:] {
		follow.Others = append(follow.Others, "$D/"+name)
	}
	return Agent{Command: sh(script.String()), Follow: follow, Grace: deadline}
}

// runs waits until all daemons are followed and returns their pids.
func (b *boot) runs(names ...string) []int {
	b.t.Helper()
	var pids []int
	for _, name := range names {
		pids = append(pids, atoiT(b.t, b.waitFor(name)))
	}
	b.until("they are followed", func() bool { return len(b.lines("agent started")) > 0 })
	if line := b.lines("agent started")[0]; line["pid"] != float64(pids[0]) || fmt.Sprint(line["pids"]) != fmt.Sprint(pids) {
		b.t.Errorf("log: %v, want %v", line, pids)
	}
	return pids
}

func (b *boot) sorted(file string, n int) []string {
	b.t.Helper()
	lines := slices.Clone(b.waitCount(file, n))
	slices.Sort(lines)
	return lines
}

func TestSignalsReachEachDaemon(t *testing.T) {
	t.Parallel()
	for _, scope := range []SignalScope{ScopeGroup, ScopeProcess} {
		t.Run(string(scope), func(t *testing.T) {
			t.Parallel()
			agent := several("one", "two", "three")
			agent.SignalScope = scope
			b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}, Watch: true})
			pids := b.runs("one", "two", "three")
			b.snapshots(func(s Snapshot) bool { return s.AgentPID == pids[0] && slices.Equal(s.AgentPIDs, pids) })
			b.signal(Signal(unix.SIGUSR1))
			if got := b.sorted("log", 3); !slices.Equal(got, []string{"one.usr1", "three.usr1", "two.usr1"}) {
				t.Errorf("log %q", got)
			}
			b.signal(sigTerm)
			if code, result := b.wait(); code != 20 || result.Error != "" {
				t.Errorf("code %d, result %+v", code, result)
			}
			if got := b.sorted("log", 6); !slices.Equal(got, []string{"one.term", "one.usr1", "three.term", "three.usr1", "two.term", "two.usr1"}) {
				t.Errorf("log %q", got)
			}
		})
	}
}

// TestTheEndOfADaemon: that of the main one counts, or that of any; then the others are stopped.
func TestTheEndOfADaemon(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ends string
		any  bool
		code int
		log  []string
	}{
		"the main one":     {"one", false, 30, []string{"three.term", "two.term"}},
		"any, the first":   {"one", true, 30, []string{"three.term", "two.term"}},
		"any, the last":    {"three", true, 32, []string{"one.term", "two.term"}},
		"any, the one but": {"two", true, 31, []string{"one.term", "three.term"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			agent := several("one", "two", "three")
			agent.Follow.AnyEnd = test.any
			b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}})
			b.runs("one", "two", "three")
			b.write(test.ends+".end", "")
			if code, result := b.wait(); code != test.code || result.Status.Reason != ReasonExited {
				t.Errorf("code %d, result %+v", code, result)
			}
			if got := b.sorted("log", 2); !slices.Equal(got, test.log) {
				t.Errorf("log %q", got)
			}
			if ends := b.lines("agent exited"); len(ends) != 1 || ends[0]["exit_code"] != float64(test.code) {
				t.Errorf("log: %v", ends)
			}
		})
	}
}

func TestTheEndOfADaemonThatDoesNotCount(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: several("one", "two")}, Watch: true})
	pids := b.runs("one", "two")
	b.write("two.end", "")
	b.snapshots(func(s Snapshot) bool { return len(s.AgentPIDs) == 2 },
		func(s Snapshot) bool { return s.Phase == "running" && slices.Equal(s.AgentPIDs, pids[:1]) })
	if ends := b.lines("daemon exited"); len(ends) != 1 || ends[0]["exit_code"] != 31.0 || ends[0]["@level"] != "warn" || ends[0]["pid"] != float64(pids[1]) {
		t.Errorf("log: %v", ends)
	}
	b.stopped(20)
}

// TestSeveralDaemonsStartAgain as one agent.
func TestSeveralDaemonsStartAgain(t *testing.T) {
	t.Parallel()
	agent := several("one", "two")
	agent.Follow.AnyEnd, agent.Restart, agent.BackoffInitial = true, RestartAlways, time.Millisecond
	agent.Command.Argv[2] = "rm -f $D/two.end\n" + agent.Command.Argv[2]
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}})
	before := b.runs("one", "two")
	b.write("two.end", "")
	b.until("they run again", func() bool { return len(b.lines("agent started")) == 2 })
	for _, pid := range before {
		if alive(pid) {
			t.Errorf("%d of the run before is there", pid)
		}
	}
	b.stopped(20)
}

// TestADaemonThatIsNotThere: the start fails, and what there is of it is stopped.
func TestADaemonThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Agent){
		"no pid file": func(a *Agent) { a.Follow.Others[0] = "$D/none" },
		"one for two": func(a *Agent) {
			a.Follow.Others[0] = "$D/same"
			a.Command.Argv[2] += "cp $D/one $D/same.tmp; mv $D/same.tmp $D/same"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			agent := several("one", "two")
			agent.Follow.Timeout = timeToHear
			agent.Command.Argv[2] += "until [ -e $D/one ] && [ -e $D/two ]; do sleep 0.01; done\n" // which hear a stop then
			change(&agent)
			b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}})
			if _, result := b.wait(); result.Kind != "setup" || !strings.Contains(result.Error, "follow the agent: pid file") {
				t.Errorf("result %+v", result)
			}
			if got := b.sorted("log", 2); !slices.Equal(got, []string{"one.term", "two.term"}) {
				t.Errorf("log %q", got)
			}
		})
	}
}

// TestDaemonsThatEndAtOnce: the status of none is lost.
func TestDaemonsThatEndAtOnce(t *testing.T) {
	t.Parallel()
	for _, anyEnd := range []bool{false, true} {
		agent := several("one", "two")
		agent.Follow.AnyEnd = anyEnd
		agent.Command.Argv[2] = "> $D/two.end\n" + agent.Command.Argv[2] + "while ! [ -s $D/two ] || kill -0 $(cat $D/two) 2>/dev/null; do sleep 0.01; done"
		b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}})
		b.runs("one", "two")
		want := 20
		if anyEnd {
			want = 31
		} else {
			b.until("it has ended", func() bool { return len(b.lines("daemon exited")) == 1 })
			b.signal(sigTerm)
		}
		if code, result := b.wait(); code != want {
			t.Errorf("code %d, want %d, result %+v", code, want, result)
		}
	}
}

// TestTheSetupOfARefreshBesideSeveralDaemons: what they fork meanwhile is not the setup's.
func TestTheSetupOfARefreshBesideSeveralDaemons(t *testing.T) {
	t.Parallel()
	agent := several("one", "two")
	agent.RefreshSignal = sigHup
	agent.Command.Argv[2] += `(setsid sh -c 'trap "exit 0" TERM; echo $$ > $D/three.tmp; mv $D/three.tmp $D/three; while ! [ -e $D/fork ]; do sleep 0.01; done
		sleep 1000 & echo $! > $D/forked.tmp; mv $D/forked.tmp $D/forked; while :; do sleep 0.01; done' &)`
	agent.Follow.Others = append(agent.Follow.Others, "$D/three")
	next := named("next")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}, Refreshes: []Refresh{
		setupAndRestart(next, "> $D/fork; while ! [ -s $D/forked ] || ! grep -q sleep /proc/$(cat $D/forked)/comm; do sleep 0.01; done"),
	}})
	b.runs("one", "two", "three")
	b.refresh(1)
	b.answered(1, "done")
	if pid := atoiT(t, b.waitFor("forked")); alive(pid) {
		t.Error("what a daemon forked is left")
	}
	b.waitFor("next") // its trap is set
	b.stopped(0)
}

// TestAStopCommandThatStopsOnlyOne: the others get the stop signal when it has ended, whatever its code.
func TestAStopCommandThatStopsOnlyOne(t *testing.T) {
	t.Parallel()
	for _, code := range []int{0, 1} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			agent := several("one", "two", "three")
			stop := sh(fmt.Sprintf("> $D/one.end; while kill -0 $(cat $D/one) 2>/dev/null; do sleep 0.01; done; echo stop >> $D/log; exit %d", code))
			agent.Stop = &stop
			b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}})
			b.runs("one", "two", "three")
			b.signal(sigTerm)
			if code, result := b.wait(); code != 30 || result.Error != "" {
				t.Errorf("code %d, result %+v", code, result)
			}
			if got := b.sorted("log", 3); !slices.Equal(got, []string{"stop", "three.term", "two.term"}) {
				t.Errorf("log %q", got)
			}
		})
	}
}
