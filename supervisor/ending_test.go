//go:build linux

package supervisor

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

func TestEndsThatNobodyAskedForAreWarnings(t *testing.T) {
	t.Parallel()
	const waits = "echo > $D/up; while :; do sleep 0.01; done"
	for name, test := range map[string]struct {
		agent  Agent
		send   []Signal // once the agent is up
		reason string
		level  string
	}{
		"fails":                 {Agent{Command: sh("exit 3")}, nil, "exited", "warn"},
		"ends, was to stay":     {Agent{Command: sh("exit 0"), Restart: RestartOnFailure}, nil, "exited", "warn"},
		"ran to its end":        {Agent{Command: sh("exit 0"), Restart: RestartNo}, nil, "exited", "info"},
		"killed from elsewhere": {Agent{Command: sh("kill -KILL $$")}, nil, "signalled", "warn"},
		"TERM from elsewhere":   {Agent{Command: sh("kill -TERM $$")}, nil, "signalled", "warn"},
		"stop":                  {Agent{Command: sh("trap 'exit 7' TERM; " + waits), Grace: deadline}, []Signal{sigTerm}, "exited", "info"},
		"dies of the stop":      {Agent{Command: sh(waits), Grace: deadline}, []Signal{sigTerm}, "signalled", "info"},
		"a signal by tsboot":    {Agent{Command: sh(waits), Grace: deadline}, []Signal{Signal(unix.SIGUSR1)}, "signalled", "info"},
		"deaf":                  {Agent{Command: sh("trap '' TERM; " + waits), Grace: 50 * time.Millisecond}, []Signal{sigTerm}, "killed-after-grace", "warn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: test.agent}})
			for _, sig := range test.send {
				b.waitFor("up")
				b.signal(sig)
			}
			b.wait()
			ends := b.lines("agent exited")
			if len(ends) != 1 || ends[0]["reason"] != test.reason || ends[0]["@level"] != test.level {
				t.Errorf("want %s as %s, log: %v", test.reason, test.level, ends)
			}
			for _, line := range b.lines("killed remaining processes") {
				if line["@level"] != "warn" {
					t.Errorf("log: %v", line)
				}
			}
		})
	}
}

func TestWhatIsLeftBehindIsCounted(t *testing.T) {
	t.Parallel()
	const leaves = ": > $D/left; for i in 1 2 3; do setsid sh -c 'echo >> $D/left; exec sleep 100' & done; while [ $(wc -l < $D/left) -lt 3 ]; do sleep 0.01; done; "
	for name, test := range map[string]struct {
		script string
		stop   bool
		warns  bool
		busy   bool // what is left starts more
	}{
		"ended at once":      {"echo > $D/left; sleep 100 & setsid sleep 100 & setsid sleep 100 & exit 0", false, true, false},
		"in its group":       {"sleep 100 & sleep 100 & sleep 100 & exit 0", false, true, false},
		"failed":             {leaves + "exit 1", false, false, false},
		"slow to end":        {": > $D/left; for i in 1 2 3; do sh -c 'trap \"sleep 0.2; exit\" TERM; echo >> $D/left; while :; do sleep 0.01; done' & done; while [ $(wc -l < $D/left) -lt 3 ]; do sleep 0.01; done; trap 'exit 0' TERM; echo > $D/up; while :; do sleep 0.01; done", true, false, true},
		"ended when stopped": {"trap 'exit 0' TERM; " + leaves + "echo > $D/up; while :; do sleep 0.01; done", true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh(test.script), Grace: deadline}}})
			if test.stop {
				b.waitFor("up")
				b.signal(sigTerm)
			}
			b.wait()
			if lines := b.lines("stopping remaining processes"); len(lines) != 1 || lines[0]["count"] != 3.0 && !(test.busy && lines[0]["count"].(float64) > 3) || lines[0]["@level"] != "info" {
				t.Errorf("log: %s", b.log())
			}
			hints := b.lines(daemonHint)
			if got := len(hints) == 1; got != test.warns {
				t.Errorf("hints: %v", hints)
			}
		})
	}
}

func TestAnAgentThatEndsAtOnceAndLeavesNothingIsNotTakenForADaemon(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "daemon", Command: sh(daemon("helper") + "; while ! [ -s $D/helper ]; do sleep 0.01; done")}},
		Agent: Agent{Command: sh("true & wait; exit 0"), Grace: 100 * time.Millisecond},
	}})
	b.wait()
	if hints := b.lines(daemonHint); len(hints) > 0 {
		t.Errorf("log: %v", hints)
	}
}

// messages returns, in order, those of the log that are among the given ones.
func (b *boot) messages(among ...string) []string {
	b.t.Helper()
	var found []string
	for line := range strings.Lines(b.log()) {
		var l struct {
			Message string `json:"@message"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			b.t.Fatalf("log line %q: %v", line, err)
		}
		if slices.Contains(among, l.Message) {
			found = append(found, l.Message)
		}
	}
	return found
}

// Those of the agent's group that die with it of the stop signal are not left behind.
func TestAGroupThatDiesTogetherLeavesNothing(t *testing.T) {
	t.Parallel()
	for n := range 5 {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("for i in 1 2 3 4 5 6 7 8; do sleep 100 & done; echo > $D/up; exec sleep 100"), Grace: deadline}}})
			b.waitFor("up")
			for _, pid := range childrenOf(b.cmd.Process.Pid) {
				b.until("all have become sleep", func() bool {
					for _, child := range childrenOf(pid) {
						if !strings.HasPrefix(string(process.ReadProc("/proc/"+strconv.Itoa(child)+"/cmdline")), "sleep") {
							return false
						}
					}
					return true
				})
			}
			b.signal(sigTerm)
			b.wait()
			if lines := b.lines("stopping remaining processes"); len(lines) > 0 {
				t.Errorf("log: %v", lines)
			}
		})
	}
}

func childrenOf(pid int) []int {
	pids, _ := process.ChildrenOf(pid)
	return pids
}
