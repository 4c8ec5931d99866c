//go:build linux

package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// endsWith is an agent of a few lines that ends with a code.
func endsWith(code int) Command {
	return sh(fmt.Sprintf("echo agent >> $D/log; exit %d", code))
}

func TestStepsBeforeEachStart(t *testing.T) {
	t.Parallel()
	agent := Agent{Command: endsWith(5), Restart: RestartAlways, StartLimitBurst: 3, StartLimitInterval: time.Hour}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent, Setup: step("echo setup >> $D/log"), BeforeStart: []Step{
		{Name: "one", Command: sh("echo one >> $D/log; [ $(grep -c one $D/log) -ne 1 ]"), Retries: 1},
		{Name: "two", Command: sh("echo two >> $D/log; exit 7"), OKCodes: []int{7}},
	}}})
	if code, result := b.wait(); code != 5 || result.Kind != "gave-up" {
		t.Errorf("code %d, result %+v", code, result)
	}
	b.wantLines("log", "setup", "one", "one", "two", "agent", "one", "two", "agent", "one", "two", "agent")
	if done := b.lines("before-start step done"); len(done) != 6 {
		t.Errorf("log: %v", done)
	}
}

// TestAStepBeforeTheStartThatFails: the restart policy decides, and the start limit ends it.
func TestAStepBeforeTheStartThatFails(t *testing.T) {
	t.Parallel()
	for _, policy := range []RestartPolicy{RestartNo, RestartOnFailure, RestartAlways} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			agent := Agent{Command: endsWith(0), Restart: policy, BackoffInitial: time.Millisecond, StartLimitBurst: 3, StartLimitInterval: time.Hour}
			b := startBoot(t, bootConfig{Plan: Plan{Agent: agent, BeforeStart: step("echo step >> $D/log; exit 9")}})
			if code, result := b.wait(); code != 0 || result.Kind != "setup" || result.Error != `run before-start step "step": exit code 9` {
				t.Errorf("code %d, result %+v", code, result)
			}
			want := []string{"step", "step", "step"}
			if policy == RestartNo {
				want = want[:1]
			}
			b.wantLines("log", want...)
			if n := len(b.lines("gave up")); n != count(policy != RestartNo) {
				t.Errorf("gave up %d times", n)
			}
		})
	}
}

func TestAStepBeforeARestartThatFails(t *testing.T) {
	t.Parallel()
	agent := Agent{Command: endsWith(4), Restart: RestartOnFailure, BackoffInitial: time.Millisecond}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent, BeforeStart: step("echo step >> $D/log; ! [ -s $D/bad ] || exit 1; cat $D/log > $D/bad")}})
	b.until("it is tried again and again", func() bool { return len(b.lines("agent not started")) >= 3 })
	if got := b.waitCount("log", 3)[:4]; strings.Join(got, " ") != "step agent step step" {
		t.Errorf("log %q", got)
	}
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 4 {
		t.Errorf("code %d", code)
	}
}

func TestStepsBeforeTheStartOfATrial(t *testing.T) {
	t.Parallel()
	plan := Plan{Agent: named("first"), BeforeStart: step("echo before1 >> $D/log")}
	bad := restartWith(Plan{Agent: named("second"), BeforeStart: step("echo before2 >> $D/log; exit 2")}, longProbation)
	good := restartWith(Plan{Agent: named("third"), BeforeStart: step("echo before3 >> $D/log")}, shortProbation)
	b := startBoot(t, bootConfig{Plan: plan, Refreshes: []Refresh{bad, good}})
	b.wantLines("log", "before1", "first")
	b.refresh(1)
	b.answered(1, `setup failed: run before-start step "step": exit code 2`)
	b.wantLines("log", "before1", "first", "before2", "restored1", "before1", "first")
	b.refresh(2)
	b.answered(2, "done")
	b.wantLines("log", "before1", "first", "before2", "restored1", "before1", "first", "before3", "third")
	b.stopped(0)
}

func TestStopDuringAStepBeforeTheStart(t *testing.T) {
	t.Parallel()
	const waits = "trap 'echo term >> $D/log; exit 1' TERM; echo step >> $D/log; while :; do sleep 0.01; done"
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first"), BeforeStart: step(waits)}})
	b.wantLines("log", "step")
	b.signal(sigTerm)
	if _, result := b.wait(); result.Kind != "stop" {
		t.Errorf("result %+v", result)
	}
	b.wantLines("log", "step", "term")
}

// TestAStepBeforeTheStartThatCreates is skipped while that is there.
func TestAStepBeforeTheStartThatCreates(t *testing.T) {
	t.Parallel()
	agent := Agent{Command: sh("echo agent >> $D/log; [ $(grep -c agent $D/log) -ne 2 ] || rm made; exit 1"), Restart: RestartAlways, StartLimitBurst: 3, StartLimitInterval: time.Hour}
	before := []Step{{Name: "makes", Command: sh("echo step >> $D/log; > made"), Creates: "made"}}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent, BeforeStart: before}}, func(cmd *exec.Cmd) { cmd.Dir = testDir(cmd) })
	b.wait()
	b.wantLines("log", "step", "agent", "agent", "step", "agent")
}

// TestSecretsOfAStepBeforeTheStart are masked at each start, and what a step prints is not shown when the masks are gone.
func TestSecretsOfAStepBeforeTheStart(t *testing.T) {
	t.Parallel()
	for _, secret := range []bool{true, false} {
		t.Run(fmt.Sprint(secret), func(t *testing.T) {
			t.Parallel()
			agent := Agent{Command: endsWith(1), Restart: RestartAlways, StartLimitBurst: 3, StartLimitInterval: time.Hour}
			before := []Step{{Name: "prints", Command: sh("read line; echo got $line s3cr3t"), Stdin: []byte("s3cr3t\n"), Secret: secret}}
			b := startBoot(t, bootConfig{Plan: Plan{Agent: agent, BeforeStart: before, Redact: []string{"s3cr3t"}}})
			b.wait()
			shown := 1
			if secret {
				shown = 3
			}
			if out := b.stderr.String(); strings.Count(out, "got [redacted] [redacted]") != shown || strings.Contains(out, "s3cr3t") {
				t.Errorf("stderr %q", out)
			}
		})
	}
}

func TestStandardInputOfSteps(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<15) // 512 KiB, more than any pipe holds
	setup := []Step{
		{Name: "again", Command: sh("cat > $D/tried.$$; [ $(ls $D/tried.* | wc -l) -eq 3 ]"), Retries: 2, Stdin: []byte("no newline\x00\xff")},
		{Name: "large", Command: sh("cat > $D/large"), Stdin: large},
		{Name: "reads nothing", Command: sh("exit 0"), Stdin: large},
		{Name: "closes it", Command: sh("exec <&-; sleep 0.05"), Stdin: large},
		{Name: "reads a little", Command: sh("head -c 3 > $D/little"), Stdin: large},
		{Name: "has none", Command: sh("cat > $D/none")},
	}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: endsWith(0)}, Setup: setup}})
	if code, result := b.wait(); code != 0 || result.Error != "" {
		t.Fatalf("code %d, result %+v", code, result)
	}
	tried := 0
	entries, _ := os.ReadDir(b.dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "tried.") {
			tried++
			if data, _ := os.ReadFile(b.path(e.Name())); string(data) != "no newline\x00\xff" {
				t.Errorf("%s holds %q", e.Name(), data)
			}
		}
	}
	if tried != 3 {
		t.Errorf("%d tries", tried)
	}
	for name, want := range map[string][]byte{"large": large, "little": large[:3], "none": nil} {
		if data, err := os.ReadFile(b.path(name)); err != nil || !bytes.Equal(data, want) {
			t.Errorf("%s holds %d bytes, want %d, %v", name, len(data), len(want), err)
		}
	}
}
