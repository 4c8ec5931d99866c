//go:build linux

package supervisor

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// stoppable is an agent that ends with code 0 when $D/stop is there, and notes signals.
func stoppable(stop string) Agent {
	command := sh(stop)
	return Agent{
		Command: sh("trap 'echo term >> $D/log' TERM; trap 'echo int >> $D/log' INT; rm -f $D/stop; echo $$ > $D/pid; echo agent >> $D/log; while ! [ -e $D/stop ]; do sleep 0.01; done; exit 0"),
		Grace:   deadline, RefreshSignal: sigHup, Restart: RestartNo, Stop: &command,
	}
}

func TestStopCommand(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stop    string
		signal  Signal
		log     []string
		warning string
	}{
		"ends the agent":          {"echo stop >> $D/log; > $D/stop", sigTerm, []string{"agent", "stop"}, ""},
		"the agent ends later":    {"echo stop >> $D/log; (sleep 0.2; > $D/stop) &", sigTerm, []string{"agent", "stop"}, ""},
		"stays longer":            {"> $D/stop; sleep 0.2; echo stop >> $D/log", sigTerm, []string{"agent", "stop"}, ""},
		"waits for the pid":       {"> $D/stop; while kill -0 $(cat $D/pid) 2>/dev/null; do sleep 0.01; done; echo stop >> $D/log", sigTerm, []string{"agent", "stop"}, ""},
		"fails":                   {"echo stop >> $D/log; (until grep -q term $D/log; do sleep 0.01; done; > $D/stop) & exit 3", sigTerm, []string{"agent", "stop", "term"}, "exit_code"},
		"fails, another signal":   {"(until grep -q int $D/log; do sleep 0.01; done; > $D/stop) & exit 3", sigInt, []string{"agent", "int"}, "exit_code"},
		"fails when it has ended": {"> $D/stop; while kill -0 $(cat $D/pid) 2>/dev/null; do sleep 0.01; done; echo stop >> $D/log; exit 3", sigTerm, []string{"agent", "stop"}, ""},
		"is killed":               {"(until grep -q term $D/log; do sleep 0.01; done; > $D/stop) & kill -9 $$", sigTerm, []string{"agent", "term"}, "signal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: stoppable(test.stop)}})
			b.wantLines("log", "agent")
			b.signal(test.signal)
			if code, result := b.wait(); code != 0 || result.Error != "" {
				t.Errorf("code %d, result %+v", code, result)
			}
			b.wantLines("log", test.log...)
			warnings := b.lines("stop command failed: the agent gets the stop signal")
			if len(warnings) != count(test.warning != "") || len(warnings) > 0 && (warnings[0][test.warning] == nil || warnings[0]["stop_signal"] != test.signal.String()) {
				t.Errorf("log: %v", warnings)
			}
		})
	}
}

func TestStopCommandThatIsNotThere(t *testing.T) {
	t.Parallel()
	agent := stoppable("")
	agent.Stop = &Command{Argv: []string{"/no/such/stop"}}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}})
	b.wantLines("log", "agent")
	b.signal(sigTerm)
	b.wantLines("log", "agent", "term")
	b.write("stop", "")
	b.wait()
	if warnings := b.lines("stop command failed: the agent gets the stop signal"); len(warnings) != 1 || !strings.Contains(fmt.Sprint(warnings[0]["error"]), "/no/such/stop") {
		t.Errorf("log: %v", warnings)
	}
}

// TestStopCommandAndTheGrace: SIGKILL for the agent, and for a command that hangs.
func TestStopCommandAndTheGrace(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]string{"it hangs": "trap '' TERM; echo $$ > $D/cmd; while :; do sleep 0.01; done", "it works": "echo $$ > $D/cmd"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			agent := stoppable(stop)
			agent.Grace = timeToHear
			b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}})
			b.wantLines("log", "agent")
			b.signal(sigTerm)
			if code, result := b.wait(); code != 137 || result.Status.Reason != ReasonKilledAfterGrace {
				t.Errorf("code %d, result %+v", code, result)
			}
			b.wantLines("log", "agent")
			if pid := atoiT(t, b.waitFor("cmd")); alive(pid) {
				t.Error("the stop command is left")
			}
		})
	}
}

// TestStopCommandAtEachStop: of a refresh, of a health check, of tsboot; once in each.
func TestStopCommandAtEachStop(t *testing.T) {
	t.Parallel()
	plan := func() Plan {
		return Plan{Agent: stoppable("echo stop >> $D/log; > $D/stop"), Health: &Health{Command: sh("! [ -e $D/sick ] || ! rm $D/sick"), Interval: 20 * time.Millisecond, Failures: 1}}
	}
	b := startBoot(t, bootConfig{Plan: plan(), Refreshes: []Refresh{{Action: RefreshRestart, Plan: ptr(plan())}}})
	b.wantLines("log", "agent")
	b.refresh(1)
	b.wantLines("log", "agent", "stop", "agent")
	b.write("sick", "")
	b.wantLines("log", "agent", "stop", "agent", "stop", "agent")
	b.stopped(0)
	b.wantLines("log", "agent", "stop", "agent", "stop", "agent", "stop")
}

// TestAStopDuringAStopCommand does not run it again, and does not signal what it ends.
func TestAStopDuringAStopCommand(t *testing.T) {
	t.Parallel()
	agent := stoppable("echo stop >> $D/log; while ! [ -e $D/go ]; do sleep 0.01; done; > $D/stop")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}, Refreshes: []Refresh{{Action: RefreshRestart}}})
	b.wantLines("log", "agent")
	b.refresh(1)
	b.wantLines("log", "agent", "stop")
	b.signal(sigTerm)
	b.until("it stops", func() bool { return len(b.lines("stopping")) == 1 })
	b.write("go", "")
	if code, _ := b.wait(); code != 0 {
		t.Errorf("code %d", code)
	}
	b.wantLines("log", "agent", "stop")
}

// TestStopCommandWithoutTheAgent: one that has ended by itself, or is not left behind yet, needs none.
func TestStopCommandWithoutTheAgent(t *testing.T) {
	t.Parallel()
	ended := stoppable("echo stop >> $D/log")
	ended.Command = sh("exit 3")
	starting := stoppable("echo stop >> $D/log")
	starting.Command, starting.Follow = sh("trap 'exit 0' TERM; echo agent >> $D/log; while :; do sleep 0.01; done"), &Follow{LastChild: true}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: ended}})
	if code, _ := b.wait(); code != 3 || exists(b.path("log")) {
		t.Errorf("code %d", code)
	}
	b = startBoot(t, bootConfig{Plan: Plan{Agent: starting}})
	b.wantLines("log", "agent")
	b.signal(sigTerm)
	b.wait()
	b.wantLines("log", "agent")
}

// TestWhatAStopCommandPrints is shown, unless the plan has secrets.
func TestWhatAStopCommandPrints(t *testing.T) {
	t.Parallel()
	for shown, redact := range map[bool][]string{true: nil, false: {"s3cr3t"}} {
		b := startBoot(t, bootConfig{Plan: Plan{Agent: stoppable("echo s3cr3t; > $D/stop"), Redact: redact}})
		b.wantLines("log", "agent")
		b.signal(sigTerm)
		b.wait()
		if out := b.stderr.String() + b.stdout.String(); strings.Contains(out, "s3cr3t") != shown {
			t.Errorf("redact %q, output %q", redact, out)
		}
	}
}
