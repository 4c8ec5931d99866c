//go:build linux

package supervisor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/supervisor/process"
)

const sigHup = Signal(unix.SIGHUP)

// answering are the calls of Refresh whose answer is not written yet.
var answering sync.WaitGroup

// refreshFor makes the next refresh at each refresh signal, also while another one is under way, and notes in the
// order of their answers how they ended. To put files back is a line in $D/log; it hangs while $D/hang is there, and
// fails with $D/full.
func refreshFor(s *Supervisor, refreshes []Refresh, dir string) {
	for n, r := range refreshes {
		select {
		case <-s.Refreshes():
		case <-s.Context().Done():
			return
		}
		asked := make(chan struct{})
		answering.Go(func() {
			close(asked)
			answer := fmt.Sprintf("%d: done", n+1)
			r.Restore = func() error { return restoreIn(dir, n+1) }
			if result, err := s.Refresh(context.Background(), r); err != nil {
				answer = fmt.Sprintf("%d: %v", n+1, err)
			} else if result.End != TrialKept {
				answer = fmt.Sprintf("%d: %s: %v, %v", n+1, result.End, result.Err, result.RestoreErr)
			}
			_ = appendLine(filepath.Join(dir, "refreshed"), strings.ReplaceAll(answer, " ", "_"))
		})
		<-asked
		_ = appendLine(filepath.Join(dir, "asked"), "x")
	}
}

func restoreIn(dir string, n int) error {
	_ = appendLine(filepath.Join(dir, "log"), fmt.Sprintf("restored%d", n))
	wait.Context(context.Background(), func() bool { return !exists(filepath.Join(dir, "hang")) }) // as a file system that hangs
	if exists(filepath.Join(dir, "full")) {
		return unix.ENOSPC
	}
	return nil
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, line)
	return err
}

// named is an agent that says its name in $D/log and its pid in $D/NAME, and ends with code 0 when it gets TERM.
func named(name string) Agent {
	return Agent{
		Command: sh("trap 'exit 0' TERM; trap 'echo usr1 >> $D/log' USR1; echo $$ > $D/" + name + "; echo " + name + " >> $D/log; while :; do sleep 0.01; done"),
		Grace:   deadline, RefreshSignal: sigHup, Restart: RestartNo,
	}
}

func step(script string) []Step { return []Step{{Name: "step", Command: sh(script)}} }

func setupAndRestart(agent Agent, script string) Refresh {
	return Refresh{Action: RefreshSetupAndRestart, Plan: &Plan{Agent: agent, Setup: step(script)}}
}

// refresh sends the signal and waits until the n-th refresh has been asked for.
func (b *boot) refresh(n int) {
	b.t.Helper()
	b.signal(sigHup)
	b.waitCount("asked", n)
}

// wantLines waits for a file to hold these lines, and no others.
func (b *boot) wantLines(file string, want ...string) {
	b.t.Helper()
	if got := b.waitCount(file, len(want)); !slices.Equal(got, want) {
		b.t.Fatalf("%s holds %q, want %q", file, got, want)
	}
}

func (b *boot) stopped(code int) {
	b.t.Helper()
	b.signal(sigTerm)
	if got, result := b.wait(); got != code {
		b.t.Errorf("code %d, want %d, result %+v", got, code, result)
	}
}

func TestRefreshActions(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{
		{Action: RefreshSignal, Signal: Signal(unix.SIGUSR1)},
		{Action: RefreshRestart, Plan: &Plan{Agent: named("second")}},
		setupAndRestart(named("third"), "echo setup >> $D/log"),
		{Action: "none"},
	}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.wantLines("log", "first", "usr1")
	b.refresh(2)
	b.wantLines("log", "first", "usr1", "second")
	b.refresh(3)
	b.wantLines("log", "first", "usr1", "second", "setup", "third")
	b.waitCount("refreshed", 3)
	b.refresh(4)
	b.wantLines("refreshed", "1:_done", "2:_done", "3:_done", "4:_refresh:_unknown_action")
	b.wantLines("setup-done", "done", "done", "done", "done") // the first start's, and after each action
	b.stopped(0)
}

func TestASetupThatFailsAtARefreshLeavesTheAgentAlone(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{
		setupAndRestart(named("second"), "kill -0 $(cat $D/first) && echo beside >> $D/log; exit 3"),
		{Action: RefreshSetupAndRestart, Plan: &Plan{Agent: named("second"), Setup: []Step{{Name: "gone", Command: Command{Argv: []string{"/nonexistent/step"}}}}}},
		{Action: RefreshSignal, Signal: Signal(unix.SIGUSR1)},
		setupAndRestart(named("third"), "echo setup >> $D/log"),
	}})
	b.wantLines("log", "first")
	b.refresh(1)
	if got := b.waitCount("refreshed", 1)[0]; !strings.Contains(got, "exit_code_3") {
		t.Errorf("answer %q", got)
	}
	b.refresh(2)
	if got := b.waitCount("refreshed", 2)[1]; !strings.Contains(got, "no_such_file") {
		t.Errorf("answer %q", got)
	}
	b.refresh(3)
	b.wantLines("log", "first", "beside", "restored1", "restored2", "usr1")
	b.wantLines("setup-done", "done", "done")
	b.refresh(4)
	b.wantLines("log", "first", "beside", "restored1", "restored2", "usr1", "setup", "third")
	b.stopped(0)
}

func TestAnAgentThatEndsDuringTheSetupOfARefresh(t *testing.T) {
	t.Parallel()
	// The step stops the agent and waits until the supervisor has noticed: a child that is gone is reaped.
	const stops = "kill -TERM $(cat $D/first); while kill -0 $(cat $D/first) 2>/dev/null; do sleep 0.01; done; echo setup >> $D/log; "
	for name, test := range map[string]struct {
		script string
		next   []string
	}{
		"after a good setup the new one starts":    {stops + "exit 0", []string{"second"}},
		"after a failed one the old starts again":  {stops + "exit 1", []string{"restored1", "first"}},
		"ended before it is drained, a good setup": {"kill -TERM $(cat $D/first); echo setup >> $D/log", []string{"second"}},
	} {
		for policy, limit := range map[RestartPolicy]int{RestartNo: 1, RestartOnFailure: 1, RestartAlways: 1} {
			t.Run(name+", "+string(policy), func(t *testing.T) {
				t.Parallel()
				first, second := named("first"), named("second")
				for _, agent := range []*Agent{&first, &second} {
					agent.Restart, agent.BackoffInitial, agent.BackoffMax = policy, time.Hour, time.Hour
					agent.StartLimitBurst, agent.StartLimitInterval = limit, time.Hour
				}
				b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{setupAndRestart(second, test.script)}})
				b.wantLines("log", "first")
				b.refresh(1)
				b.wantLines("log", append([]string{"first", "setup"}, test.next...)...)
				for _, line := range b.lines("agent exited") {
					if line["@level"] != "info" {
						t.Errorf("log: %v", line)
					}
				}
				b.stopped(0)
			})
		}
	}
}

func TestWhatAnAgentLeftIsStoppedWhileASetupRunsAndWhatTheSetupLeavesIsNot(t *testing.T) {
	t.Parallel()
	first := named("first")
	first.Command = sh(daemon("strayed") + `; trap 'exit 0' TERM; while ! [ -s $D/strayed ]; do sleep 0.01; done; echo $$ > $D/first; echo first >> $D/log; while :; do sleep 0.01; done`)
	first.Grace = timeToHear
	third := named("third")
	third.Grace = timeToHear
	b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{
		setupAndRestart(third, daemon("kept")+"; kill -TERM $(cat $D/first); while ! [ -s $D/kept ] || kill -0 $(cat $D/strayed); do sleep 0.01; done 2>/dev/null; echo setup >> $D/log"),
		{Action: RefreshRestart},
	}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.wantLines("log", "first", "setup", "third")
	if got := b.waitFor("strayed.signals"); got != "15" {
		t.Errorf("what the agent left got %q", got)
	}
	b.refresh(2)
	b.wantLines("log", "first", "setup", "third", "third")
	if data, _ := os.ReadFile(b.path("kept.signals")); len(data) > 0 {
		t.Errorf("the daemon of the setup got %q at a restart", data)
	}
	b.stopped(0)
	if got := b.waitFor("kept.signals"); got != "15" {
		t.Errorf("the daemon of the setup got %q at the end", got)
	}
}

func TestStopDuringARefresh(t *testing.T) {
	t.Parallel()
	const ends = "trap 'echo stopped >> $D/log; exit 1' TERM; "
	const waits = "echo setup >> $D/log; while :; do sleep 0.01; done"
	for name, test := range map[string]struct {
		script string
		log    []string
	}{
		"the setup runs beside the agent": {ends + waits, []string{"first", "setup"}},
		"the agent has ended":             {ends + "kill -TERM $(cat $D/first); while kill -0 $(cat $D/first); do sleep 0.01; done 2>/dev/null; " + waits, []string{"first", "setup"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{
				setupAndRestart(named("second"), test.script), {Action: RefreshRestart},
			}})
			b.wantLines("log", "first")
			b.refresh(1)
			b.wantLines("log", test.log...)
			b.refresh(2) // waits behind the first one
			b.stopped(0)
			b.wantLines("log", append(test.log, "stopped")...)
		})
	}
}

func TestStopWhileARefreshRestartsTheAgent(t *testing.T) {
	t.Parallel()
	first := named("first")
	first.Command = sh("trap 'echo term >> $D/log; [ -e $D/go ] && exit 5' TERM; echo first >> $D/log; while :; do sleep 0.01; [ -e $D/go ] && exit 5; done")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{{Action: RefreshRestart, Plan: &Plan{Agent: named("second")}}}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.wantLines("log", "first", "term")
	b.signal(sigTerm)
	b.wantLines("log", "first", "term", "term")
	if err := appendLine(b.path("go"), "go"); err != nil {
		t.Fatal(err)
	}
	if code, result := b.wait(); code != 5 || result.Snapshot.Restarts != 0 {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestARefreshWaitsForTheFirstSetup(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{
		Plan: Plan{Agent: named("first"), Setup: step("echo setup >> $D/log; while ! [ -e $D/go ]; do sleep 0.01; done")},
		Refreshes: []Refresh{
			{Action: RefreshRestart, Plan: &Plan{Agent: named("second")}},
			setupAndRestart(named("third"), "echo again >> $D/log"),
			{Action: RefreshRestart, Plan: &Plan{Agent: named("fourth")}},
		},
	})
	b.wantLines("log", "setup")
	for n := 1; n <= 3; n++ {
		b.refresh(n)
	}
	if err := appendLine(b.path("go"), "go"); err != nil {
		t.Fatal(err)
	}
	b.until("the last one runs", func() bool { return len(process.ReadProc(b.path("fourth"))) > 0 })
	b.waitCount("refreshed", 3)
	b.stopped(0)
}

func TestARefreshWaitsForTheStartCommand(t *testing.T) {
	t.Parallel()
	first := named("first")
	first.Follow = &Follow{LastChild: true}
	first.Command = sh("echo starting >> $D/log; while ! [ -e $D/go ]; do sleep 0.01; done; " +
		daemonise(`trap "exit 0" TERM; echo first >> $D/log; while :; do sleep 0.01; done`))
	second := named("second")
	second.Grace = timeToHear
	b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{
		setupAndRestart(second, "[ -e $D/go ] && "+daemon("kept")+"; while ! [ -s $D/kept ] || ! grep -q first $D/log; do sleep 0.01; done; echo setup >> $D/log"),
	}})
	b.wantLines("log", "starting")
	b.refresh(1)
	if err := appendLine(b.path("go"), "go"); err != nil {
		t.Fatal(err)
	}
	b.wantLines("log", "starting", "first", "setup", "second")
	b.stopped(0)
}

func TestASetupThatHangsAtARefreshIsKilled(t *testing.T) {
	t.Parallel()
	hangs := setupAndRestart(named("second"), "trap '' TERM; echo setup >> $D/log; while :; do sleep 0.01; done")
	hangs.Plan.Setup[0].Timeout = 100 * time.Millisecond
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{hangs}})
	b.wantLines("log", "first")
	b.refresh(1)
	if got := b.waitCount("refreshed", 1)[0]; !strings.Contains(got, "timeout") {
		t.Errorf("answer %q", got)
	}
	b.wantLines("log", "first", "setup", "restored1")
	b.stopped(0)
}

func TestARefreshInTheBackoffEndsIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		refresh Refresh
		log     []string
	}{
		"restart":          {Refresh{Action: RefreshRestart, Plan: &Plan{Agent: named("second")}}, []string{"second"}},
		"signal":           {Refresh{Action: RefreshSignal, Signal: sigTerm, Plan: &Plan{Agent: named("second")}}, []string{"second"}},
		"setup":            {setupAndRestart(named("second"), "echo setup >> $D/log"), []string{"setup", "second"}},
		"setup that fails": {setupAndRestart(named("second"), "echo setup >> $D/log; > $D/fixed; exit 1"), []string{"setup", "restored1", "first"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := named("first")
			first.Command = sh("[ -e $D/fixed ] || exit 7; " + first.Argv[2])
			first.Restart, first.BackoffInitial, first.BackoffMax = RestartOnFailure, time.Hour, time.Hour
			b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{test.refresh}})
			b.until("it waits", func() bool { return len(b.lines("restarting agent")) == 1 })
			b.refresh(1)
			b.wantLines("log", test.log...)
			b.stopped(0)
		})
	}
}

func TestAnAgentIsNotStoppedForOneThatCannotStart(t *testing.T) {
	t.Parallel()
	missing, tooLong := named("missing"), named("too long")
	missing.Command = Command{Argv: []string{"/nonexistent/agent"}}
	tooLong.Argv = append(tooLong.Argv, strings.Repeat("x", 1<<18))
	b := startBoot(t, bootConfig{Plan: Plan{Agent: named("first")}, Refreshes: []Refresh{
		{Action: RefreshRestart, Plan: &Plan{Agent: missing}},
		setupAndRestart(missing, "kill -TERM $(cat $D/first); while kill -0 $(cat $D/first); do sleep 0.01; done 2>/dev/null; exit 0"),
		{Action: RefreshRestart, Plan: &Plan{Agent: tooLong}},
	}})
	b.wantLines("log", "first")
	b.refresh(1)
	if got := b.waitCount("refreshed", 1)[0]; !strings.Contains(got, "no_such_file") {
		t.Errorf("answer %q", got)
	}
	if len(b.lines("agent exited")) > 0 {
		t.Error("the agent was stopped")
	}
	b.refresh(2)
	b.wantLines("log", "first", "restored1", "restored2", "first")
	b.refresh(3) // only the kernel knows that
	b.wantLines("log", "first", "restored1", "restored2", "first", "restored3", "first")
	if got := b.waitCount("refreshed", 3)[2]; !strings.HasPrefix(got, "3:_not_started:") {
		t.Errorf("answer %q", got)
	}
	b.stopped(0)
}

func TestStartsOfARefreshDoNotCount(t *testing.T) {
	t.Parallel()
	crashes := named("crashes")
	crashes.Command = sh("echo crashes >> $D/log; exit 9")
	agents := []Agent{named("first"), named("second"), named("third"), crashes}
	for n := range agents {
		agents[n].Restart, agents[n].StartLimitBurst, agents[n].StartLimitInterval = RestartAlways, 2, time.Hour
	}
	var refreshes []Refresh
	for n := range agents[1:] {
		refreshes = append(refreshes, Refresh{Action: RefreshRestart, Plan: &Plan{Agent: agents[n+1]}})
	}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: agents[0]}, Refreshes: refreshes})
	b.wantLines("log", "first")
	b.refresh(1)
	b.wantLines("log", "first", "second")
	b.refresh(2)
	b.wantLines("log", "first", "second", "third")
	b.refresh(3)
	if code, result := b.wait(); code != 9 || result.Kind != "gave-up" {
		t.Errorf("code %d, result %+v", code, result)
	}
	// Counted are the start of the first one and the one after the first crash.
	b.wantLines("log", "first", "second", "third", "crashes", "crashes")
}

func TestALaterRefreshWaitsForTheTrialOfTheOneBefore(t *testing.T) {
	t.Parallel()
	first := named("first")
	first.Command = sh("trap 'echo term >> $D/log' TERM; echo first >> $D/log; while ! [ -e $D/go ]; do sleep 0.01; done")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{
		restartWith(Plan{Agent: named("second")}, time.Second),
		restartWith(Plan{Agent: named("third")}, time.Second),
		setupAndRestart(named("fourth"), "kill -9 $(cat $D/third); exit 1"),
	}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.wantLines("log", "first", "term")
	b.refresh(2)
	b.refresh(3)
	if err := appendLine(b.path("go"), "go"); err != nil {
		t.Fatal(err)
	}
	b.waitCount("refreshed", 3)
	b.wantLines("log", "first", "term", "second", "third", "restored3", "third")
	b.stopped(0)
}

// TestAnAgentThatEndsJustAfterABadSetup: the step has stopped it, and did not wait.
func TestAnAgentThatEndsJustAfterABadSetup(t *testing.T) {
	t.Parallel()
	first := named("first")
	first.Command = sh("trap 'echo term >> $D/term; while ! [ -e $D/go ]; do sleep 0.01; done; exit 0' TERM; echo $$ > $D/first; echo first >> $D/log; while :; do sleep 0.01; done")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{
		setupAndRestart(named("second"), "kill $(cat $D/first); exit 1"),
	}})
	b.wantLines("log", "first")
	b.refresh(1)
	b.waitCount("refreshed", 1)
	b.wantLines("term", "term")
	if err := appendLine(b.path("go"), "go"); err != nil {
		t.Fatal(err)
	}
	b.wantLines("log", "first", "restored1", "first")
	if ended := b.lines("agent exited"); len(ended) != 1 || ended[0]["@level"] != "info" {
		t.Errorf("log %v", ended)
	}
	b.signal(sigTerm)
	if code, result := b.wait(); code != 0 || result.Snapshot.Restarts != 1 {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestNoRefreshOfAnAgentThatEndedForGood(t *testing.T) {
	t.Parallel()
	first := named("first")
	first.Command = sh("setsid sh -c 'trap \"\" TERM; echo up >> $D/up; while ! [ -e $D/go ]; do sleep 0.01; done' & while ! [ -s $D/up ]; do sleep 0.01; done; exit 4")
	b := startBoot(t, bootConfig{Plan: Plan{Agent: first}, Refreshes: []Refresh{{Action: RefreshRestart}}})
	b.until("it has ended", func() bool { return len(b.lines("agent exited")) == 1 })
	b.refresh(1)
	if got := b.waitCount("refreshed", 1)[0]; !strings.Contains(got, "ended_for_good") {
		t.Errorf("answer %q", got)
	}
	if err := appendLine(b.path("go"), "go"); err != nil {
		t.Fatal(err)
	}
	if code, result := b.wait(); code != 4 || result.Snapshot.Restarts != 0 {
		t.Errorf("code %d, result %+v", code, result)
	}
}
