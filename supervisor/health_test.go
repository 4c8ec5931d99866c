//go:build linux

package supervisor

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/supervisor/process"
)

// whenUp has a check wait until the agent that notes its first run hears a stop.
const whenUp = "until [ -e $D/second ]; do sleep 0.01; done; "

func TestUnhealthyAgentIsRestarted(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Agent: Agent{Command: sh("[ -e $D/second ] && exit 11; trap 'exit 0' TERM; echo > $D/second; while :; do sleep 0.01; done"), Grace: deadline},
		Health: &Health{Command: sh(whenUp + "[ -e $D/checks ] && [ $(wc -l < $D/checks) -eq 5 ] && exit; echo check >> $D/checks; echo not well | tee /dev/stderr; [ $(wc -l < $D/checks) -eq 2 ]"),
			Interval: 50 * time.Millisecond, Failures: 3},
	}})
	if code, result := b.wait(); code != 11 || result.Snapshot.Restarts != 1 {
		t.Errorf("code %d, result %+v", code, result)
	}
	if n := len(b.waitCount("checks", 5)); n != 5 { // bad, good, and three in a row
		t.Errorf("%d checks, want 5", n)
	}
	if ends := b.lines("agent exited"); ends[0]["reason"] != "unhealthy" || ends[0]["@level"] != "warn" {
		t.Errorf("log: %v", ends)
	}
	if failed := b.lines("health check failed"); len(failed) != 4 || failed[0]["reason"] != "exited" || failed[0]["exit_code"] != 1.0 {
		t.Errorf("log: %v", failed)
	}
	if all := b.log() + b.stdout.String() + b.stderr.String(); strings.Contains(all, "not well") {
		t.Errorf("what a check printed got out: %s", all)
	}
}

func TestHealthCheckThatHangsFails(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Agent: Agent{Command: sh("[ -e $D/second ] && exit 11; trap 'exit 0' TERM; echo > $D/second; while :; do sleep 0.01; done"), Grace: deadline},
		Health: &Health{Command: sh(whenUp + "[ -e $D/hung ] && exit; > $D/hung; trap '' TERM; sleep 100 & wait"), Interval: 10 * time.Millisecond,
			Timeout: timeToHear, Failures: 1},
	}})
	if code, _ := b.wait(); code != 11 {
		t.Errorf("code %d", code)
	}
	if failed := b.lines("health check failed"); len(failed) != 1 || failed[0]["reason"] != "timed out" {
		t.Errorf("log: %v", failed)
	}
}

func TestStopWhileAHealthCheckRuns(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Agent:  Agent{Command: catcher("agent"), Grace: deadline, StopSignal: 3},
		Health: &Health{Command: sh("trap '' TERM; echo > $D/checking; while :; do sleep 0.01; done"), Interval: time.Millisecond, Timeout: time.Hour},
	}})
	b.waitFor("agent")
	b.until("a check runs", func() bool { return len(process.ReadProc(b.path("checking"))) > 0 })
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 0 {
		t.Errorf("code %d", code)
	}
	if got := b.log(); strings.Contains(got, "health check failed") {
		t.Errorf("log: %s", got)
	}
}

// TestHealthCheckThatIsKilled: the log names the signal, and nothing that the check printed.
func TestHealthCheckThatIsKilled(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Agent:  Agent{Command: sh("[ -e $D/second ] && exit 11; trap 'exit 0' TERM; echo > $D/second; while :; do sleep 0.01; done"), Grace: deadline},
		Health: &Health{Command: sh(whenUp + "[ -e $D/killed ] && exit; > $D/killed; echo s3cr3t; kill -KILL $$"), Interval: 10 * time.Millisecond, Failures: 1},
	}})
	if code, _ := b.wait(); code != 11 {
		t.Errorf("code %d", code)
	}
	failed := b.lines("health check failed")
	if len(failed) != 1 || failed[0]["reason"] != "signalled" || failed[0]["signal"] != "SIGKILL" || failed[0]["exit_code"] != 137.0 {
		t.Errorf("log: %v", failed)
	}
	if strings.Contains(b.log()+b.stderr.String(), "s3cr3t") {
		t.Errorf("what a check printed got out: %s", b.log())
	}
}

// TestWhatAHealthCheckLeavesBehindIsEnded: at each check, however it ended.
func TestWhatAHealthCheckLeavesBehindIsEnded(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Agent: Agent{Command: sh("trap 'exit 0' TERM; while :; do sleep 0.01; done"), Grace: deadline},
		Health: &Health{Command: sh("trap '' TERM; sleep 1000 & echo $! >> $D/left; [ $(wc -l < $D/left) -ne 2 ]"),
			Interval: 10 * time.Millisecond, Failures: 1000},
	}})
	for _, pid := range b.waitCount("left", 4)[:3] {
		b.until("it is gone", func() bool { return !alive(atoiT(t, pid)) })
	}
	b.signal(sigTerm)
	b.wait()
}

// TestUnhealthyRunsCountInTheStartLimit, and the last exit says why.
func TestUnhealthyRunsCountInTheStartLimit(t *testing.T) {
	t.Parallel()
	agent := named("first")
	agent.StartLimitBurst, agent.StartLimitInterval = 2, time.Hour
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent, Health: &Health{Command: sh("exit 1"), Interval: 20 * time.Millisecond, Failures: 2}}})
	code, result := b.wait()
	if last := result.Snapshot.LastExit; result.Kind != "gave-up" || result.Snapshot.Restarts != 1 || last == nil || last.Reason != ReasonUnhealthy {
		t.Errorf("code %d, result %+v", code, result)
	}
}

// TestFailuresInTheStartPeriodDoNotCount: nor do they add to those after it, at each start.
func TestFailuresInTheStartPeriodDoNotCount(t *testing.T) {
	t.Parallel()
	const period = timeToHear
	b := startBoot(t, bootConfig{Plan: Plan{
		Agent:  Agent{Command: sh("[ $(wc -l < $D/starts) -ge 2 ] && exit 11; trap 'exit 0' TERM; echo x >> $D/starts; while :; do sleep 0.01; done"), Grace: deadline},
		Health: &Health{Command: sh("exit 1"), Interval: 20 * time.Millisecond, Failures: 3, StartPeriod: period},
	}}, func(cmd *exec.Cmd) { _ = os.WriteFile(testDir(cmd)+"/starts", nil, 0o600) })
	if code, result := b.wait(); code != 11 || result.Snapshot.Restarts != 2 {
		t.Errorf("code %d, result %+v", code, result)
	}
	for _, end := range b.lines("agent exited")[:2] {
		if ran, err := time.ParseDuration(end["ran_for"].(string)); err != nil || ran < period || end["reason"] != "unhealthy" {
			t.Errorf("log: %v", end)
		}
	}
	if failed := b.lines("health check failed"); len(failed) != 6 {
		t.Errorf("log: %v", failed)
	}
	for _, line := range b.lines("health check failed in the start period") {
		if line["@level"] != "debug" {
			t.Errorf("log: %v", line)
		}
	}
}
