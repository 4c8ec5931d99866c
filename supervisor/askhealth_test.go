//go:build linux

package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// askFor makes calls of CheckHealth at the same time.
func askFor(s *Supervisor, calls int, dir string) {
	if calls == 0 || !wait.Until(deadline, func() bool { return exists(filepath.Join(dir, "ask")) }) {
		return
	}
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			answer := "well"
			if err := s.CheckHealth(context.Background()); err != nil {
				answer = strings.ReplaceAll(err.Error(), " ", "_")
			}
			_ = appendLine(filepath.Join(dir, "answers"), answer)
		})
	}
	all.Wait()
}

// watchFor writes what each change of the snapshot leads to.
func watchFor(s *Supervisor, dir string) {
	for range s.Changes() {
		if line, err := json.Marshal(s.Snapshot()); err == nil {
			_ = appendLine(filepath.Join(dir, "snapshots"), string(line))
		}
	}
}

// asks has the calls made and returns their answers, each once.
func (b *boot) asks(n int) []string {
	b.t.Helper()
	b.write("ask", "")
	answers := slices.Clone(b.waitCount("answers", n))
	slices.Sort(answers)
	for i, a := range answers {
		answers[i] = strings.ReplaceAll(a, "_", " ")
	}
	return slices.Compact(answers)
}

func TestCheckHealth(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		health *Health
		want   string
	}{
		"no command":                     {nil, "well"},
		"well":                           {&Health{Command: sh("exit 0")}, "well"},
		"not well":                       {&Health{Command: sh("echo s3cr3t >&2; exit 7")}, "the agent's health command failed with exit code 7"},
		"killed":                         {&Health{Command: sh("kill -SEGV $$")}, "the agent's health command was killed by SIGSEGV"},
		"hangs":                          {&Health{Command: sh("trap '' TERM; sleep 100 & echo $! > $D/left; wait"), Timeout: 200 * time.Millisecond}, "the agent's health command was still running after its timeout of 200ms, and was killed"},
		"is not there":                   {&Health{Command: Command{Argv: []string{"/no/such/health"}}}, "run the agent's health command: execute \"/no/such/health\": no such file"},
		"leaves":                         {&Health{Command: sh("sleep 1000 & echo $! > $D/left")}, "well"},
		"a start period does not matter": {&Health{Command: sh("exit 7"), StartPeriod: time.Hour}, "the agent's health command failed with exit code 7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first"), Health: test.health}, Ask: 3})
			b.wantLines("log", "first")
			if got := b.asks(3); len(got) != 1 || !strings.HasPrefix(got[0], test.want) {
				t.Errorf("answers %q, want %q", got, test.want)
			}
			if exists(b.path("left")) {
				pid := atoiT(t, b.waitFor("left"))
				b.until("what it left is gone", func() bool { return !alive(pid) })
			}
			if failed := b.lines("health check failed"); len(failed) > 0 {
				t.Errorf("one that was asked for counts: %v", failed)
			}
			b.stopped(0)
			if strings.Contains(b.log()+b.stderr.String()+b.stdout.String(), "s3cr3t") {
				t.Error("what a check printed got out")
			}
		})
	}
}

func TestCheckHealthIsOneRunForAll(t *testing.T) {
	t.Parallel()
	health := &Health{Command: sh("echo check >> $D/checks; while ! [ -e $D/go ]; do sleep 0.01; done"), Timeout: time.Hour}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first"), Health: health}, Ask: 1000})
	b.wantLines("log", "first")
	b.write("ask", "")
	b.wantLines("checks", "check")
	b.write("go", "")
	if got := b.asks(1000); !slices.Equal(got, []string{"well"}) {
		t.Errorf("answers %q", got)
	}
	if n := len(b.waitCount("checks", 1)); n > 100 { // a call that comes when a run has ended has another one
		t.Errorf("%d runs", n)
	}
	b.stopped(0)
}

// TestCheckHealthNamesThePhase where there is no agent to ask.
func TestCheckHealthNamesThePhase(t *testing.T) {
	t.Parallel()
	const waits = "trap 'exit 0' TERM; echo up > $D/up; while ! [ -e $D/go ]; do sleep 0.01; done"
	crashes := Agent{Command: sh("> $D/up; exit 3"), Restart: RestartAlways, BackoffInitial: time.Hour, BackoffMax: time.Hour}
	starting := named("first")
	starting.Command, starting.Follow = sh(waits), &Follow{LastChild: true}
	fetch := sh(waits)
	for want, cfg := range map[string]bootConfig{
		"fetching":                {Plan: Plan{Agent: named("first")}, Output: &fetch},
		"setup":                   {Plan: Plan{Agent: named("first"), Setup: step(waits)}},
		"starting":                {Plan: Plan{Agent: starting}},
		"backoff, next start in ": {Plan: Plan{Agent: crashes}},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			cfg.Ask = 2
			b := startBoot(t, cfg)
			b.until("it is there", func() bool {
				return exists(b.path("up")) && (cfg.Plan.Agent.Restart != RestartAlways || len(b.lines("restarting agent")) == 1)
			})
			for _, got := range b.asks(2) {
				if !strings.HasPrefix(got, "the agent is not running: "+want) {
					t.Errorf("answer %q", got)
				}
			}
			b.signal(sigTerm)
			b.wait()
		})
	}
}

func TestCheckHealthDuringAStop(t *testing.T) {
	t.Parallel()
	agent := named("first")
	agent.Command = sh("trap 'echo term >> $D/log' TERM; echo first >> $D/log; while ! [ -e $D/go ]; do sleep 0.01; done; exit 0")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agent}, Ask: 1})
	b.wantLines("log", "first")
	b.signal(sigTerm)
	b.wantLines("log", "first", "term")
	if got := b.asks(1); !slices.Equal(got, []string{"the agent is not running: stopping"}) {
		t.Errorf("answers %q", got)
	}
	b.write("go", "")
	b.wait()
}

// TestScenarioOneCheckForAll: with that of the interval, whose result counts.
func TestScenarioOneCheckForAll(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	plan.Health = healthEvery(time.Second)
	plan.Health.Failures = 2
	sim := scenario(plan, simCommands{"agent": {stays()}, "health": {ends(500*time.Millisecond, simExit(4)), ends(500*time.Millisecond, simExit(0))}})
	replies := make(chan error, 2000)
	for _, at := range []time.Duration{900 * time.Millisecond, 1100 * time.Millisecond} { // before and after the interval's is due
		sim.give(at, "health?", func() {
			for range 1000 {
				sim.s.askHealth(replies)
			}
		})
	}
	sim.after(1450*time.Millisecond, func() {
		if n := sim.s.health.failures; n != 1 || sim.starts["health"] != 1 {
			t.Errorf("%d failures in a row, %d runs", n, sim.starts["health"])
		}
	})
	sim.signal(3*time.Second, sigTerm)
	sim.play(t)
	var failure *HealthError
	for range 2000 {
		if err := <-replies; !errors.As(err, &failure) || failure.Status.Code != 4 {
			t.Fatalf("answer %v", err)
		}
	}
}

// TestScenarioCallersOfACheckThatIsStopped are answered.
func TestScenarioCallersOfACheckThatIsStopped(t *testing.T) {
	t.Parallel()
	for what, do := range map[string]func(*simulation){
		"the agent ends": func(*simulation) {},
		"a stop":         func(sim *simulation) { sim.signal(1500*time.Millisecond, sigTerm) },
		"a refresh":      func(sim *simulation) { sim.askRefresh(1500*time.Millisecond, Refresh{Action: RefreshRestart}) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			plan := agentPlan(restarting(Agent{}))
			plan.Health = &Health{Command: Command{Argv: []string{"health"}}}
			sim := scenario(plan, simCommands{"agent": {ends(2*time.Second, simExit(1)), stays()}, "health": {stays()}})
			reply := make(chan error, 2)
			sim.give(time.Second, "health?", func() { sim.s.askHealth(reply) })
			do(sim)
			sim.signal(10*time.Second, sigTerm)
			sim.play(t)
			if err := <-reply; !errors.Is(err, errCheckStopped) {
				t.Errorf("answer %v", err)
			}
		})
	}
}

// snapshots waits until they hold what is wanted, in this order, and maybe others between.
func (b *boot) snapshots(want ...func(Snapshot) bool) {
	b.t.Helper()
	b.until(fmt.Sprintf("%d snapshots", len(want)), func() bool {
		left := want
		for _, line := range b.waitCount("snapshots", 0) {
			var s Snapshot
			if json.Unmarshal([]byte(line), &s) == nil && len(left) > 0 && left[0](s) {
				left = left[1:]
			}
		}
		return len(left) == 0
	})
}

func TestChangesTellOfEachSnapshot(t *testing.T) {
	t.Parallel()
	second := dies("second")
	second.Restart, second.BackoffInitial, second.BackoffMax = RestartAlways, time.Hour, time.Hour
	sick := &Health{Command: sh("exit 1"), Interval: 50 * time.Millisecond, Failures: 1000}
	b := startBoot(t, bootConfig{Watch: true, Plan: Plan{Agent: named("first"), Health: sick}, Refreshes: []Refresh{restartWith(Plan{Agent: second}, time.Second)}})
	running := func(s Snapshot) bool {
		return s.Phase == "running" && s.AgentPID > 0 && slices.Equal(s.AgentPIDs, []int{s.AgentPID})
	}
	b.snapshots(running, func(s Snapshot) bool { return running(s) && s.HealthFailures == 2 && !s.Trial })
	b.refresh(1)
	b.snapshots(func(s Snapshot) bool {
		return running(s) && s.Trial && !s.ProbationUntil.IsZero() && s.HealthFailures == 0
	},
		func(s Snapshot) bool { return running(s) && !s.Trial && s.ProbationUntil.IsZero() })
	b.write("second.end", "3")
	b.snapshots(func(s Snapshot) bool {
		return s.Phase == "backoff" && time.Until(s.NextStart) > time.Minute && s.LastExit != nil && s.LastExit.Code == 3 && s.AgentPIDs == nil
	})
	b.signal(sigTerm)
	b.wait()
}

// TestTheEndShowsAsStopping: what an agent leaves behind, which no start follows or which a stop waits for, is stopped in
// no backoff, and the agent is gone.
func TestTheEndShowsAsStopping(t *testing.T) {
	t.Parallel()
	const leaves = "(trap '' TERM; echo up > $D/up; while ! [ -e $D/go ]; do sleep 0.01; done) & while ! [ -e $D/up ]; do sleep 0.01; done; "
	waits := sh(leaves + "trap 'exit 3' TERM; > $D/ready; while ! [ -e $D/go ]; do sleep 0.01; done")
	for name, agent := range map[string]Agent{
		"ends":     {Command: sh(leaves + "> $D/ready; exit 3"), Restart: RestartNo, Grace: time.Hour},
		"gives up": {Command: sh(leaves + "> $D/ready; exit 3"), Restart: RestartAlways, StartLimitBurst: 1, StartLimitInterval: time.Hour, Grace: time.Hour},
		"stop":     {Command: waits, Restart: RestartAlways, Grace: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Watch: true, Ask: 1, Plan: Plan{Agent: agent}})
			b.until("it is ready", func() bool { return exists(b.path("ready")) })
			if name == "stop" {
				b.signal(sigTerm)
			}
			b.snapshots(func(s Snapshot) bool {
				return s.Phase == "stopping" && s.AgentPID == 0 && s.LastExit != nil && s.LastExit.Code == 3
			})
			if got := b.asks(1); !slices.Equal(got, []string{"the agent is not running: stopping"}) {
				t.Errorf("answers %q", got)
			}
			b.write("go", "")
			b.wait()
			for _, line := range b.waitCount("snapshots", 1) {
				if strings.Contains(line, `"backoff"`) {
					t.Errorf("a backoff: %s", line)
				}
			}
		})
	}
}
