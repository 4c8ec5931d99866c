//go:build linux

package supervisor

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// fails is an agent that fails n times and then ends with code 0.
func fails(n int) Command {
	return sh("echo run >> $D/runs; [ $(wc -l < $D/runs) -gt " + string(rune('0'+n)) + " ] && exit 0; exit 3")
}

func TestRestartOnFailureUntilItSucceeds(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: fails(3), Restart: RestartOnFailure, BackoffInitial: time.Millisecond, BackoffMax: 4 * time.Millisecond, Grace: time.Second,
	}}})
	code, result := b.wait()
	if code != 0 || result.Snapshot.Restarts != 3 {
		t.Errorf("code %d, result %+v", code, result)
	}
	if n := len(b.lines("restarting agent")); n != 3 {
		t.Errorf("%d restarts in the log, want 3", n)
	}
}

func TestNoRestart(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: fails(3), Restart: RestartNo, Grace: time.Second}}})
	if code, result := b.wait(); code != 3 || result.Snapshot.Restarts != 0 {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestStartLimitGivesUpWithTheAgentsCode(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("echo run >> $D/runs; exit 9"), Restart: RestartAlways, Grace: time.Second,
		StartLimitBurst: 4, StartLimitInterval: time.Hour,
	}}})
	code, result := b.wait()
	if code != 9 || result.Kind != "gave-up" {
		t.Errorf("code %d, result %+v", code, result)
	}
	if n := len(b.waitCount("runs", 4)); n != 4 {
		t.Errorf("%d starts, want 4", n)
	}
	if got, want := b.messages("agent exited", "restarting agent", "gave up"), 3*2+2; len(got) != want || got[want-2] != "agent exited" || got[want-1] != "gave up" {
		t.Errorf("log: %v", got)
	}
}

func TestGivingUpDoesNotWaitForTheBackoff(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]Plan{
		"exit code":     {Agent: Agent{Command: sh("exit 9")}},
		"health":        {Agent: Agent{Command: sh("exec sleep 100")}, Health: &Health{Command: sh("exit 1"), Interval: time.Millisecond, Failures: 1}},
		"start command": {Agent: Agent{Command: sh("exit 3"), Follow: &Follow{PIDFile: "$D/pid"}}},
		"no daemon":     {Agent: Agent{Command: sh("exit 0"), Follow: &Follow{PIDFile: "$D/pid", Timeout: 50 * time.Millisecond}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan.Agent.Restart, plan.Agent.Grace, plan.Agent.BackoffInitial, plan.Agent.BackoffMax = RestartAlways, time.Second, time.Hour, time.Hour
			plan.Agent.StartLimitBurst, plan.Agent.StartLimitInterval = 1, 100*time.Hour
			b := startBoot(t, bootConfig{Plan: plan})
			if _, result := b.wait(); result.Kind != "gave-up" {
				t.Errorf("result %+v", result)
			}
			if len(b.lines("restarting agent")) > 0 || len(b.lines("gave up")) != 1 {
				t.Errorf("log: %s", b.log())
			}
		})
	}
}

// A start after the backoff may be outside the interval, though many were made within it before.
func TestTheStartLimitIsThatOfTheTimeOfTheStart(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: fails(3), Restart: RestartOnFailure, Grace: time.Second, BackoffInitial: 200 * time.Millisecond, BackoffMax: 200 * time.Millisecond,
		StartLimitBurst: 1, StartLimitInterval: 100 * time.Millisecond,
	}}})
	if code, result := b.wait(); code != 0 || result.Snapshot.Restarts != 3 {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestDeathByASignalFromElsewhereIsAFailure(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("[ -e $D/first ] && exit 0; echo > $D/first; kill -TERM $$"), Restart: RestartOnFailure, Grace: time.Second,
	}}})
	if code, result := b.wait(); code != 0 || result.Snapshot.Restarts != 1 {
		t.Errorf("code %d, result %+v", code, result)
	}
	if ends := b.lines("agent exited"); ends[0]["signal"] != "SIGTERM" || ends[0]["exit_code"] != 143.0 || ends[0]["reason"] != "signalled" {
		t.Errorf("log: %v", ends)
	}
}

func TestDeathByAForwardedSignalIsNoFailure(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("echo up > $D/up; exec sleep 100"), Restart: RestartOnFailure, Grace: time.Second,
	}}})
	b.waitFor("up")
	b.signal(Signal(unix.SIGHUP))
	if code, result := b.wait(); code != 129 || result.Snapshot.Restarts != 0 {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestExitRemap(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{"code": "exit 3", "signal": "kill -TERM $$"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
				Command: sh(script), Restart: RestartOnFailure, Grace: time.Second, ExitRemap: map[int]int{3: 0, 143: 0},
			}}})
			if code, result := b.wait(); code != 0 || !result.Status.Remapped {
				t.Errorf("code %d, result %+v", code, result)
			}
		})
	}
}

func TestStraysAreGoneBeforeTheRestart(t *testing.T) {
	t.Parallel()
	startWitness(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh(`if [ -e $D/pids ]; then
			for p in $(cat $D/pids); do kill -0 $p 2>/dev/null && echo $p >> $D/alive; done; exit 0; fi
			(setsid sh -c 'trap "" TERM; echo $$ >> $D/pids; while :; do sleep 0.01; done' &)
			(setsid sh -c 'echo $$ >> $D/pids; exec sleep 100' &)
			while [ $(wc -l < $D/pids || echo 0) -lt 2 ]; do sleep 0.01; done 2>/dev/null; kill -SEGV $$`),
		Restart: RestartOnFailure, Grace: 300 * time.Millisecond,
	}}})
	if code, _ := b.wait(); code != 0 {
		t.Errorf("code %d", code)
	}
	if got := b.log(); strings.Contains(got, "lost the status") {
		t.Error(got)
	}
	if data := process.ReadProc(b.path("alive")); len(data) > 0 {
		t.Errorf("alive at the restart: %s", data)
	}
}

func TestDaemonsOfTheSetupOutliveARestartButNotTheEnd(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "daemon", Command: sh(daemon("helper") + "; while ! [ -s $D/helper ]; do sleep 0.01; done")}},
		Agent: Agent{Command: fails(1), Restart: RestartOnFailure, Grace: timeToHear},
	}})
	b.wait()
	if got := b.waitFor("helper.signals"); got != "15" {
		t.Errorf("the setup's daemon got %q, want one SIGTERM, at the end", got)
	}
	if n := len(b.waitCount("runs", 2)); n != 2 {
		t.Errorf("%d runs, want 2", n)
	}
}
