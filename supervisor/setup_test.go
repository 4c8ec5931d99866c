//go:build linux

package supervisor

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestSetupRunsInOrderAndThenTheAgent(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{
			{Name: "one", Command: sh("echo one >> $D/order; echo said by one; cat")}, // its standard input is empty
			{Name: "two", Command: sh("echo two >> $D/order; exit 3"), OKCodes: []int{0, 3}},
		},
		Agent: Agent{Command: sh("echo agent >> $D/order; [ -s $D/setup-done ]"), Grace: time.Second},
	}})
	if code, result := b.wait(); code != 0 || result.Error != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
	if got := strings.Join(b.waitCount("order", 3), " "); got != "one two agent" {
		t.Errorf("order: %s", got)
	}
	if !strings.Contains(b.stderr.String(), "said by one\n") || b.stdout.String() != "" {
		t.Errorf("stdout %q, stderr %q", b.stdout.String(), b.stderr.String())
	}
	if lines := b.lines("setup step done"); len(lines) != 2 || lines[1]["exit_code"] != 3.0 || lines[1]["name"] != "two" {
		t.Errorf("log: %v", lines)
	}
}

func TestSetupThatFailsQuotesItsLastOutputWithoutSecrets(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup:  []Step{{Name: "register", Command: sh("for i in $(seq 30); do echo line $i; done; echo key s3cr3t-value is wrong >&2; exit 5")}},
		Agent:  Agent{Command: sh("exit 0"), Grace: time.Second},
		Redact: []string{"s3cr3t-value"},
	}})
	_, result := b.wait()
	if result.Kind != "setup" || !strings.Contains(result.Error, `"register": exit code 5`) ||
		!strings.Contains(result.Error, "key [redacted] is wrong") || strings.Contains(result.Error, "line 1\\n") {
		t.Errorf("result %+v", result)
	}
	if strings.Contains(b.stderr.String()+b.log()+result.Error, "s3cr3t") {
		t.Errorf("the secret is in the output: %q", b.stderr.String())
	}
	if _, err := os.Stat(b.path("setup-done")); err == nil || len(b.lines("agent started")) > 0 {
		t.Error("the setup counts as done, or the agent was started")
	}
}

func TestSetupIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "flaky", Command: sh("echo try >> $D/tries; [ $(wc -l < $D/tries) -ge 2 ]"), Retries: 1}},
		Agent: Agent{Command: sh("exit 0"), Grace: time.Second},
	}})
	if code, result := b.wait(); code != 0 || result.Error != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
	if done := b.lines("setup step done"); len(done) != 1 || done[0]["attempt"] != 2.0 {
		t.Errorf("log: %v", done)
	}
}

func TestSetupThatHangsIsKilledWithItsGroup(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "hang", Timeout: timeToHear,
			Command: sh("trap '' TERM; sleep 100 & echo $! > $D/child; echo waiting; wait")}},
		Agent: Agent{Command: sh("exit 0"), Grace: time.Second},
	}})
	_, result := b.wait()
	if result.Kind != "setup" || !strings.Contains(result.Error, "its timeout of 2s,") || !strings.Contains(result.Error, "waiting") {
		t.Errorf("result %+v", result)
	}
	if alive(atoiT(t, b.waitFor("child"))) {
		t.Error("a member of the step's group is alive")
	}
}

func TestDaemonThatKeepsTheStepsPipeDoesNotHangTheBoot(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "start", Command: sh(daemonise("echo $$ > $D/pid; while ! [ -e $D/go ]; do sleep 0.01; done; echo said later; exec sleep 100"))}},
		Agent: Agent{Command: sh("echo > $D/go; while ! [ -e $D/end ]; do sleep 0.01; done"), Grace: time.Second},
	}})
	b.until("what the daemon said is shown", func() bool { return strings.Contains(b.stderr.String(), "said later") })
	b.write("end", "")
	if code, result := b.wait(); code != 0 || result.Error != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestSetupThatCannotBeExecutedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "gone", Command: Command{Argv: []string{"/nonexistent/program"}}, Retries: 1000}},
		Agent: Agent{Command: sh("exit 0"), Grace: time.Second},
	}})
	if _, result := b.wait(); result.Kind != "setup" || !strings.Contains(result.Error, "no such file") {
		t.Errorf("result %+v", result)
	}
}

// TestWhatASetupStepLeavesInItsGroupIsEnded: before the agent starts, whether it hears SIGTERM or not, and after a
// step that failed; a daemon stays, also one that leaves the group only after the step has ended.
func TestWhatASetupStepLeavesInItsGroupIsEnded(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{
			{Name: "fails", Command: sh("[ -e $D/failed ] && exit; trap '' TERM; sleep 1000 & echo $! > $D/failed; exit 1"), Retries: 1},
			{Name: "leaves", Command: sh("sleep 1000 & echo $! > $D/left")},
			{Name: "deaf", Command: sh("(trap '' TERM; exec sleep 1000) & echo $! > $D/deaf")},
			{Name: "stopped", Command: sh("sleep 1000 & kill -STOP $!; echo $! > $D/stopped")},
			{Name: "daemon", Command: sh("setsid sleep 1000 & echo $! > $D/daemon")},
			{Name: "late", Command: sh("(until grep -q ^State:.Z /proc/$$/status; do sleep 0.01; done; exec setsid sleep 1000) & echo $! > $D/late")},
		},
		Agent: Agent{Command: sh("for f in failed left deaf stopped daemon late; do kill -0 $(cat $D/$f) 2>/dev/null && echo $f >> $D/alive; done; exit 0"), Grace: time.Second},
	}})
	if code, result := b.wait(); code != 0 || result.Error != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
	if got := strings.Join(b.waitCount("alive", 2), " "); got != "daemon late" {
		t.Errorf("beside the agent: %s", got)
	}
	warned := b.lines("ending what a setup step left in its process group: a daemon has to leave it, as setsid does")
	if len(warned) != 3 || warned[0]["name"] != "leaves" || warned[0]["count"] != 1.0 {
		t.Errorf("log: %v", warned)
	}
}

// TestStopWhileAStepsGroupIsEnded: the stop does not wait for it.
func TestStopWhileAStepsGroupIsEnded(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "deaf", Command: sh("(trap '' TERM; echo > $D/deaf; exec sleep 1000) & while ! [ -e $D/deaf ]; do sleep 0.01; done")}},
		Agent: Agent{Command: sh("echo > $D/agent"), Grace: 100 * time.Millisecond},
	}})
	b.until("the step has ended", func() bool { return len(b.lines("setup step done")) == 1 })
	b.signal(sigTerm)
	if _, result := b.wait(); result.Kind != "stop" {
		t.Errorf("result %+v", result)
	}
	if len(b.lines("agent started")) > 0 {
		t.Error("the agent was started")
	}
}
