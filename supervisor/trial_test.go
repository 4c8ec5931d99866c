//go:build linux

package supervisor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/supervisor/process"
)

// A probation that no test reaches, and one that all do.
const (
	longProbation  = time.Hour
	shortProbation = 200 * time.Millisecond
)

func restartWith(plan Plan, probation time.Duration) Refresh {
	return Refresh{Action: RefreshRestart, Plan: &plan, Probation: probation}
}

// dies is an agent that ends when $D/NAME.end says with which code.
func dies(name string) Agent {
	a := named(name)
	a.Command = sh("trap 'exit 0' TERM; echo " + name + " >> $D/log; while :; do sleep 0.01; [ -e $D/" + name + ".end ] && exit $(cat $D/" + name + ".end); done")
	return a
}

// answered waits for the answer to the n-th refresh.
func (b *boot) answered(n int, want string) {
	b.t.Helper()
	if got := strings.ReplaceAll(b.waitCount("refreshed", n)[n-1], "_", " "); !strings.HasPrefix(got, fmt.Sprintf("%d: %s", n, want)) {
		b.t.Fatalf("answer %q, want %q", got, want)
	}
}

func (b *boot) write(name, content string) {
	b.t.Helper()
	if err := writeFile(b.path(name), content); err != nil {
		b.t.Fatal(err)
	}
}

// rolledBack returns the one line of the log.
func (b *boot) rolledBack() map[string]any {
	b.t.Helper()
	lines := b.lines("rolled back")
	if len(lines) != 1 || lines[0]["@level"] != "warn" || lines[0]["elapsed"] == nil {
		b.t.Fatalf("log: %v", lines)
	}
	return lines[0]
}

func TestTrialIsKept(t *testing.T) {
	t.Parallel()
	well := &Health{Command: sh("echo check >> $D/checks")}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{
		restartWith(Plan{Agent: named("second")}, shortProbation),
		restartWith(Plan{Agent: named("third"), Health: well}, shortProbation),
		{Action: RefreshSignal, Signal: 10, Probation: shortProbation},
	}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.answered(1, "done")
	b.wantLines("log", "first", "second") // it hears a stop from then on
	b.refresh(2)
	b.answered(2, "done")
	b.wantLines("log", "first", "second", "third")
	b.wantLines("checks", "check")
	b.refresh(3)
	b.answered(3, "done")
	b.wantLines("log", "first", "second", "third", "usr1")
	b.wantLines("checks", "check", "check")
	b.stopped(0)
}

// TestAnAgentThatEndsInItsProbation: whatever its code and whatever the restart policy.
func TestAnAgentThatEndsInItsProbation(t *testing.T) {
	t.Parallel()
	for _, code := range []int{0, 3} {
		for _, policy := range []RestartPolicy{RestartNo, RestartOnFailure, RestartAlways} {
			t.Run(fmt.Sprintf("code %d, %s", code, policy), func(t *testing.T) {
				t.Parallel()
				first, second := named("first"), dies("second")
				for _, agent := range []*Agent{&first, &second} {
					agent.Restart, agent.BackoffInitial, agent.BackoffMax = policy, time.Hour, time.Hour
					agent.StartLimitBurst, agent.StartLimitInterval = 1, time.Hour
				}
				b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{restartWith(Plan{Agent: second}, longProbation)}})
				b.wantLines("log", "first")
				b.refresh(1)
				b.wantLines("log", "first", "second")
				b.write("second.end", fmt.Sprint(code))
				b.answered(1, fmt.Sprintf("died: the agent exited with code %d", code))
				b.wantLines("log", "first", "second", "restored1", "first")
				if line := b.rolledBack(); line["reason"] != "died" || line["exit_code"] != float64(code) || line["signal"] != nil {
					t.Errorf("log: %v", line)
				}
				b.stopped(0)
			})
		}
	}
}

func TestAnAgentThatIsKilledAfterASignalOfARefresh(t *testing.T) {
	t.Parallel()
	first := named("first")
	first.Command = sh("trap 'echo hup >> $D/log; kill -9 $$' USR1; trap 'exit 0' TERM; echo first >> $D/log; while :; do sleep 0.01; done")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{{Action: RefreshSignal, Signal: 10, Probation: longProbation}}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.answered(1, "died: the agent was killed by SIGKILL")
	b.wantLines("log", "first", "hup", "restored1", "first")
	if line := b.rolledBack(); line["exit_code"] != 137.0 || line["signal"] != "SIGKILL" {
		t.Errorf("log: %v", line)
	}
	if ends := b.lines("agent exited"); len(ends) != 1 || ends[0]["@level"] != "warn" {
		t.Errorf("log: %v", ends)
	}
	b.stopped(0)
}

// TestAnUnhealthyAgentIsRolledBack: by the checks of the interval, or by the one at the end of the probation.
func TestAnUnhealthyAgentIsRolledBack(t *testing.T) {
	t.Parallel()
	const onlySecond = `until grep -q second $D/log; do sleep 0.01; done; echo check >> $D/checks; [ "$(tail -n 1 $D/log)" != second ]`
	for name, test := range map[string]struct {
		health    Health
		probation time.Duration
		checks    int
	}{
		"interval":                     {Health{Interval: 20 * time.Millisecond, Failures: 3}, longProbation, 3},
		"at its end":                   {Health{}, shortProbation, 1},
		"an interval that is too long": {Health{Interval: time.Hour, Failures: 1}, shortProbation, 1},
		"after the probation":          {Health{Interval: 300 * time.Millisecond, Failures: 2}, shortProbation, 2},
		"after the start period":       {Health{StartPeriod: timeToHear}, shortProbation, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.health.Command = sh(onlySecond)
			plan := Plan{Agent: named("second"), Health: &test.health}
			b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{restartWith(plan, test.probation)}})
			b.wantLines("log", "first")
			b.refresh(1)
			b.answered(1, "unhealthy: the agent's health command failed with exit code 1")
			b.wantLines("log", "first", "second", "restored1", "first")
			b.wantLines("checks", strings.Fields(strings.Repeat("check ", test.checks))...)
			b.rolledBack()
			if ends := b.lines("agent exited"); len(ends) != 2 || ends[1]["reason"] != "unhealthy" || ends[1]["@level"] != "warn" {
				t.Errorf("log: %v", ends)
			}
			b.stopped(0)
		})
	}
}

// TestAnAgentThatIsUnhealthyAfterASignal gets the signal again, on the old files.
func TestAnAgentThatIsUnhealthyAfterASignal(t *testing.T) {
	t.Parallel()
	plan := func() Plan {
		return Plan{Agent: named("first"), Health: &Health{Command: sh(`until [ -s $D/log ]; do sleep 0.01; done; [ "$(tail -n 1 $D/log)" = first ] || grep -q restored $D/log`), Interval: 20 * time.Millisecond, Failures: 2}}
	}
	first := plan()
	b := startBoot(t, bootConfig{Plan: first, Refreshes: []Refresh{
		{Action: RefreshSignal, Signal: 10, Probation: longProbation, Plan: ptr(plan())},
	}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.answered(1, "unhealthy: ")
	b.wantLines("log", "first", "usr1", "restored1", "usr1")
	if ends := b.lines("agent exited"); len(ends) != 0 {
		t.Errorf("log: %v", ends)
	}
	b.stopped(0)
}

func ptr[T any](v T) *T { return &v }

// TestTheSetupOfTheLastGoodGenerationRunsAgain, if no step of it takes a secret.
func TestTheSetupOfTheLastGoodGenerationRunsAgain(t *testing.T) {
	t.Parallel()
	const oldSetup = "echo old >> $D/log; echo s3cr3t; [ ! -e $D/broken ]"
	for name, test := range map[string]struct {
		secret, broken bool
		skip           bool // the old one
		fresh          Refresh
		log            []string
		answer         string
	}{
		"the agent died": {fresh: setupAndRestart(dies("second"), "echo new >> $D/log; echo 4 > $D/second.end"),
			log: []string{"new", "second", "restored1", "old", "first"}, answer: "died"},
		"the setup failed": {fresh: setupAndRestart(named("second"), "echo new >> $D/log; exit 1"),
			log: []string{"new", "restored1", "old"}, answer: "setup failed"},
		"the setup failed and stopped the agent": {fresh: setupAndRestart(named("second"), "echo new >> $D/log; kill -9 $(cat $D/first); exit 1"),
			log: []string{"new", "restored1", "old", "first"}, answer: "setup failed"},
		"the old one fails": {broken: true, fresh: setupAndRestart(dies("second"), "echo new >> $D/log; > $D/broken; echo 4 > $D/second.end"),
			log: []string{"new", "second", "restored1", "old", "first"}, answer: "died"},
		"it takes a secret": {secret: true, fresh: setupAndRestart(dies("second"), "echo new >> $D/log; echo 4 > $D/second.end"),
			log: []string{"new", "second", "restored1", "first"}, answer: "died"},
		"the new one has nothing to do": {skip: true, fresh: skipping(setupAndRestart(dies("second"), "exit 1")),
			log: []string{"second", "restored1", "first"}, answer: "died"},
		"the old one had nothing to do": {skip: true, fresh: setupAndRestart(dies("second"), "echo new >> $D/log; echo 4 > $D/second.end"),
			log: []string{"new", "second", "restored1", "old", "first"}, answer: "died"},
		"no setup was run": {fresh: restartWith(Plan{Agent: dies("second"), Setup: step("exit 1")}, longProbation),
			log: []string{"second", "restored1", "first"}, answer: "died"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.fresh.Probation = longProbation
			plan := Plan{Agent: named("first"), Setup: step(oldSetup), Redact: []string{"s3cr3t"}}
			plan.Setup[0].Secret, plan.Setup[0].Skip = test.secret, test.skip
			before := []string{"old", "first"}
			if test.skip {
				before = before[1:]
			}
			b := startBoot(t, bootConfig{Plan: plan, Refreshes: []Refresh{test.fresh}})
			b.wantLines("log", before...)
			b.refresh(1)
			if test.log[0] == "second" {
				b.wantLines("log", append(before, "second")...)
				b.write("second.end", "4")
			}
			b.answered(1, test.answer)
			b.wantLines("log", append(before, test.log...)...)
			b.until("it is repeated or not", func() bool {
				return len(b.lines("setup not repeated")) == count(test.secret) && len(b.lines("repeat setup")) == count(test.broken)
			})
			b.stopped(0)
			if out := b.stderr.String() + b.log(); strings.Contains(out, "s3cr3t") {
				t.Errorf("what is not masked any more is shown: %s", out)
			}
		})
	}
}

// TestAStepThatHadNothingToDoIsNotRepeated: only what the new setup did is for the last good one to do again.
func TestAStepThatHadNothingToDoIsNotRepeated(t *testing.T) {
	t.Parallel()
	both := func(word string) []Step {
		return []Step{{Name: "register", Command: sh("echo register-" + word + " >> $D/log")}, {Name: "tune", Command: sh("echo tune-" + word + " >> $D/log")}}
	}
	fresh := skipping(Refresh{Action: RefreshSetupAndRestart, Probation: longProbation, Plan: &Plan{Agent: dies("second"), Setup: both("new")}})
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first"), Setup: both("old")}, Refreshes: []Refresh{fresh}})
	b.wantLines("log", "register-old", "tune-old", "first")
	b.write("second.end", "4")
	b.refresh(1)
	b.answered(1, "died")
	b.wantLines("log", "register-old", "tune-old", "first", "tune-new", "second", "restored1", "tune-old", "first")
	b.stopped(0)
}

func skipping(r Refresh) Refresh {
	r.Plan.Setup[0].Skip = true
	return r
}

// TestAnAgentThatCameWhileTheFilesWereMade has read them, perhaps: where the setup fails, it starts again on those of before.
func TestAnAgentThatCameWhileTheFilesWereMade(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		since time.Time
		fresh Refresh
		log   []string // after the first start
	}{
		"before":                {time.Now().Add(time.Hour), setupAndRestart(named("second"), "echo new >> $D/log; exit 1"), []string{"new", "restored1"}},
		"since":                 {time.Now().Add(-time.Hour), setupAndRestart(named("second"), "echo new >> $D/log; exit 1"), []string{"new", "restored1", "first"}},
		"since, cannot execute": {time.Now().Add(-time.Hour), restartWith(Plan{Agent: Agent{Command: Command{Argv: []string{"/nowhere"}}}}, longProbation), []string{"restored1", "first"}},
		"since, by signal":      {time.Now().Add(-time.Hour), Refresh{Action: RefreshSignal, Signal: 10, Plan: &Plan{Agent: named("first"), Health: &Health{Command: sh("exit 1")}}}, []string{"usr1", "restored1", "usr1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.fresh.Since, test.fresh.Probation = test.since, shortProbation
			b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{test.fresh}})
			b.wantLines("log", "first")
			b.refresh(1)
			b.wantLines("log", append([]string{"first"}, test.log...)...)
			b.waitCount("refreshed", 1)
			b.stopped(0)
			for _, line := range b.lines("agent exited") {
				if line["@level"] != "info" {
					t.Errorf("tsboot stopped it, the log: %v", line)
				}
			}
		})
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestFilesThatDoNotComeBack(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"full": "no space left on device", "hang": "it is not done after 10s"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{
				restartWith(Plan{Agent: dies("second")}, longProbation), restartWith(Plan{Agent: named("third")}, 0),
			}})
			b.wantLines("log", "first")
			b.write(name, "")
			b.write("second.end", "5")
			b.refresh(1)
			b.answered(1, "died: the agent exited with code 5")
			if got := strings.ReplaceAll(b.waitCount("refreshed", 1)[0], "_", " "); !strings.HasSuffix(got, want) {
				t.Errorf("answer %q", got)
			}
			b.wantLines("log", "first", "second", "restored1", "first")
			if lines := b.lines("put the previous files back"); len(lines) != 1 || lines[0]["@level"] != "error" {
				t.Errorf("log: %v", lines)
			}
			b.refresh(2)
			b.answered(2, "done")
			b.wantLines("log", "first", "second", "restored1", "first", "third") // it hears a stop from then on
			b.stopped(0)
		})
	}
}

// TestStopInEachStateOfATrial: it ends as stopped, and nothing is put back.
func TestStopInEachStateOfATrial(t *testing.T) {
	t.Parallel()
	const waits = "trap 'exit 1' TERM; while :; do sleep 0.01; done"
	slow := named("first")
	slow.Command = sh("trap 'echo term >> $D/log' TERM; echo first >> $D/log; while ! [ -e $D/go ]; do sleep 0.01; done; exit 0")
	stubborn := named("second")
	stubborn.Command = sh("trap 'echo term >> $D/log' TERM; echo second >> $D/log; while ! [ -e $D/go ]; do sleep 0.01; done; exit 0")
	sick := func(agent Agent) Plan {
		return Plan{Agent: agent, Health: &Health{Command: sh("until grep -q second $D/log; do sleep 0.01; done; exit 1"), Interval: 10 * time.Millisecond, Failures: 1}}
	}
	for name, test := range map[string]struct {
		first   Agent
		refresh Refresh
		hang    bool
		log     []string // before the stop
	}{
		"setup":     {named("first"), setupAndRestart(named("second"), "echo setup >> $D/log; "+waits), false, []string{"first", "setup"}},
		"replacing": {slow, restartWith(Plan{Agent: named("second")}, longProbation), false, []string{"first", "term"}},
		"probation": {named("first"), restartWith(Plan{Agent: named("second")}, longProbation), false, []string{"first", "second"}},
		"checking": {named("first"), restartWith(Plan{Agent: named("second"), Health: &Health{Command: sh("while ! grep -q second $D/log; do sleep 0.01; done; echo check >> $D/log; " + waits), Timeout: time.Hour}},
			time.Millisecond), false, []string{"first", "second", "check"}},
		"undoing":   {named("first"), restartWith(sick(stubborn), longProbation), false, []string{"first", "second", "term"}},
		"restoring": {named("first"), setupAndRestart(named("second"), "exit 1"), true, []string{"first", "restored1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: test.first}, Refreshes: []Refresh{test.refresh}})
			b.waitFor("log")
			if test.hang {
				b.write("hang", "")
			}
			b.refresh(1)
			b.wantLines("log", test.log...)
			b.signal(sigTerm)
			b.until("it stops", func() bool { return len(b.lines("stopping")) == 1 })
			b.write("go", "")
			if code, result := b.wait(); code != 0 || result.Error != "" {
				t.Errorf("code %d, result %+v", code, result)
			}
			b.answered(1, "stopped: <nil>, <nil>")
			if got := string(process.ReadProc(b.path("log"))); strings.Contains(got, "restored") != test.hang {
				t.Errorf("log %q", got)
			}
			if lines := b.lines("rolled back"); len(lines) > 0 {
				t.Errorf("log: %v", lines)
			}
		})
	}
}

// TestStopWhileTheSetupIsRepeated ends the trial as stopped, too: the files are back by then.
func TestStopWhileTheSetupIsRepeated(t *testing.T) {
	t.Parallel()
	old := step("[ -e $D/again ] || { > $D/again; exit 0; }; echo again >> $D/log; trap 'exit 1' TERM; while :; do sleep 0.01; done")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first"), Setup: old}, Refreshes: []Refresh{setupAndRestart(named("second"), "exit 1")}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.wantLines("log", "first", "restored1", "again")
	b.stopped(0)
	b.answered(1, "stopped: ")
}

// TestAFollowedAgentOnTrial: its start command fails, or leaves nothing to follow.
func TestAFollowedAgentOnTrial(t *testing.T) {
	t.Parallel()
	for script, answer := range map[string]string{
		"echo second >> $D/log; exit 6": "died: the agent exited with code 6",
		"echo second >> $D/log; exit 0": "not started: run setup step \"start command\": follow the agent: it left no process behind",
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			second := named("second")
			second.Command, second.Follow = sh(script), &Follow{LastChild: true, Timeout: 100 * time.Millisecond}
			b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{restartWith(Plan{Agent: second}, longProbation)}})
			b.wantLines("log", "first")
			b.refresh(1)
			b.answered(1, answer)
			b.wantLines("log", "first", "second", "restored1", "first")
			b.stopped(0)
		})
	}
}
