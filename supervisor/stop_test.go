//go:build linux

package supervisor

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/supervisor/process"
)

func TestAgentsCodeIsPassedOn(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("exit 7"), Grace: time.Second}}})
	if code, result := b.wait(); code != 7 || result.Kind != "" || result.Status.Reason != ReasonExited {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestStopSignalReachesTheAgentAndGives128PlusN(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("echo up > $D/up; exec sleep 100"), Grace: deadline}}})
	b.waitFor("up")
	b.signal(sigTerm)
	if code, result := b.wait(); code != 143 || result.Status.Signal != sigTerm || result.Kind != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestAgentThatIgnoresTheStopSignalIsKilledAfterTheGrace(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: catcher("agent"), Grace: timeToHear}}})
	b.waitFor("agent")
	b.signal(sigTerm)
	code, result := b.wait()
	if code != 137 || result.Status.Reason != ReasonKilledAfterGrace {
		t.Errorf("code %d, result %+v", code, result)
	}
	if ran := result.Status.RanFor; ran < timeToHear {
		t.Errorf("killed after %s, before the grace was over", ran)
	}
	if got := b.waitFor("agent.signals"); got != "15" {
		t.Errorf("the agent got %q, want one SIGTERM", got)
	}
	if lines := b.lines("killed remaining processes"); len(lines) != 1 || lines[0]["count"] != 1.0 {
		t.Errorf("log: %v", lines)
	}
}

func TestGraceOfZeroKillsAtOnce(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: catcher("agent")}}})
	b.waitFor("agent")
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 137 {
		t.Errorf("code %d, want 137", code)
	}
}

func TestRepeatedTermIsForwardedAndChangesNothing(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: catcher("agent"), Grace: deadline}}})
	b.waitFor("agent")
	for n := 1; n <= 3; n++ {
		b.signal(sigTerm)
		b.waitCount("agent.signals", n)
	}
	b.signal(sigInt) // the first SIGINT is a repeated stop as well
	b.waitCount("agent.signals", 4)
	b.signal(Signal(unix.SIGQUIT))
	code, _ := b.wait()
	if got := b.waitCount("agent.signals", 5); code != 0 || strings.Join(got, " ") != "15 15 15 2 3" {
		t.Errorf("code %d, signals %v", code, got)
	}
}

func TestSecondInterruptKillsAtOnce(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: catcher("agent"), Grace: time.Hour}}})
	b.waitFor("agent")
	b.signal(sigInt)
	b.waitCount("agent.signals", 1)
	b.signal(sigInt)
	if code, _ := b.wait(); code != 137 {
		t.Errorf("code %d, want 137", code)
	}
}

func TestStopSignalOfThePlanTakesThePlaceOfTheOneThatCame(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: catcher("agent"), Grace: deadline, StopSignal: Signal(unix.SIGQUIT), StopOn: []Signal{Signal(unix.SIGUSR1)},
	}}})
	b.waitFor("agent")
	b.signal(sigTerm) // not a stop here: only forwarded
	b.waitCount("agent.signals", 1)
	b.signal(Signal(unix.SIGUSR1))
	code, _ := b.wait()
	if got := b.waitCount("agent.signals", 2); code != 0 || strings.Join(got, " ") != "15 3" {
		t.Errorf("code %d, signals %v", code, got)
	}
}

func TestStoppedAgentHearsTheStopSignal(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("trap 'exit 9' TERM; echo $$ > $D/pid; kill -STOP $$; while :; do sleep 0.01; done"), Grace: deadline,
	}}})
	pid := atoiT(t, b.waitFor("pid"))
	b.until("the agent is stopped", func() bool { st, _ := process.ReadStat(pid); return st.Stopped() })
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 9 {
		t.Errorf("code %d, want 9", code)
	}
}

// strays leaves one process of each kind behind: one in the agent's group, a
// double-forked daemon in a session of its own, one that ignores SIGTERM, and
// one that is stopped.
const strays = `
sleep 100 & echo $! > $D/ingroup
(setsid sh -c 'trap "echo told > $D/told; exit 0" TERM; echo $$ > $D/session; while :; do sleep 0.01; done' &)
(setsid sh -c 'trap "" TERM; echo $$ > $D/deaf; while :; do sleep 0.01; done' &)
(setsid sh -c 'trap "echo woken > $D/woken; exit 0" TERM; echo $$ > $D/stopped; kill -STOP $$; while :; do sleep 0.01; done' &)
while ! [ -s $D/session ] || ! [ -s $D/deaf ] || ! [ -s $D/stopped ]; do sleep 0.01; done
`

func checkStrays(t *testing.T, b *boot) {
	t.Helper()
	for _, name := range []string{"ingroup", "session", "deaf", "stopped"} {
		if pid := atoiT(t, b.waitFor(name)); alive(pid) {
			t.Errorf("%s (pid %d) outlived the supervisor", name, pid)
		}
	}
	for file, want := range map[string]string{"told": "told", "woken": "woken"} {
		if got := b.waitFor(file); got != want {
			t.Errorf("%s: %q", file, got)
		}
	}
}

func TestWhatTheAgentLeftBehindIsBroughtDownBeforeTheEnd(t *testing.T) {
	t.Parallel()
	startWitness(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh(strays + "exit 5"), Grace: timeToHear}}})
	if code, _ := b.wait(); code != 5 {
		t.Errorf("code %d, want the agent's 5", code)
	}
	checkStrays(t, b)
}

func TestStopBringsDownWhatTheAgentLeavesBehind(t *testing.T) {
	t.Parallel()
	startWitness(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("trap 'exit 6' TERM;" + strays + "echo up > $D/up; while :; do sleep 0.01; done"), Grace: timeToHear,
	}}})
	b.waitFor("up")
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 6 {
		t.Errorf("code %d, want the agent's 6", code)
	}
	checkStrays(t, b)
}

func TestStopEndsAsSoonAsNothingIsLeft(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("(setsid sleep 1000 &) ; echo up > $D/up; exec sleep 1000"), Grace: time.Hour,
	}}})
	b.waitFor("up")
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 143 { // wait's deadline is far below the grace
		t.Errorf("code %d, want 143", code)
	}
}

// TestLeaversGetSigtermAgain: a daemon that leaves the agent's group while that is signalled may have missed the signal, so
// it counts for none of those that have it. What has ended since, or stays, does.
func TestLeaversGetSigtermAgain(t *testing.T) {
	t.Parallel()
	const group, stays, left, ended, reused = 10, 11, 12, 13, 14
	s := &Supervisor{}
	s.kernel = tableKernel{stats: map[int]process.Stat{
		stays: {Group: group, Start: 1}, left: {Group: left, Start: 2}, reused: {Group: reused, Start: 5},
	}}
	got := s.stayed(map[int]uint64{stays: 1, left: 2, ended: 3, reused: 4}, group)
	if want := map[int]uint64{stays: 1, ended: 3, reused: 4}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// tableKernel knows processes, and nothing else.
type tableKernel struct {
	kernel
	stats map[int]process.Stat
}

func (k tableKernel) Identify(pid int) (process.Stat, bool) {
	st, ok := k.stats[pid]
	return st, ok
}

func TestGroupMembersAreToldOnlyOnce(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("trap 'exit 0' TERM;" + helperEnv + "=catcher $SELF worker & " +
			"while ! [ -s $D/worker ]; do sleep 0.01; done; sleep 0.1; echo up > $D/up; while :; do sleep 0.01; done"),
		Grace: timeToHear,
	}}})
	b.waitFor("up")
	b.signal(sigTerm)
	b.wait()
	if got := b.waitFor("worker.signals"); got != "15" {
		t.Errorf("the worker got %q, want one SIGTERM", got)
	}
}

func TestProcessScopeLeavesTheGroupToTheAgent(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("trap 'echo usr1 > $D/usr1' USR1; trap 'sleep 0.1; exit 0' TERM;" + helperEnv + "=catcher $SELF worker & " +
			"while ! [ -s $D/worker ]; do sleep 0.01; done; echo up > $D/up; while :; do sleep 0.01; done"),
		Grace: timeToHear, SignalScope: ScopeProcess,
	}}})
	b.waitFor("up")
	b.signal(Signal(unix.SIGUSR1))
	b.waitFor("usr1")
	b.signal(sigTerm)
	b.wait()
	if got := b.waitFor("worker.signals"); got != "15" { // only what is for those left behind
		t.Errorf("the worker got %q, want one SIGTERM and no SIGUSR1", got)
	}
}

func TestStopDuringSetupEndsTheBoot(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "slow", Command: sh("trap 'echo told > $D/told; exit 0' TERM; echo up > $D/up; while :; do sleep 0.01; done")}},
		Agent: Agent{Command: sh("echo agent > $D/agent"), Grace: deadline},
	}})
	b.waitFor("up")
	b.signal(sigTerm)
	_, result := b.wait()
	if result.Kind != "stop" || result.Error != "stopped by SIGTERM" {
		t.Errorf("result %+v", result)
	}
	b.waitFor("told")
	if slices.ContainsFunc(b.lines("agent started"), func(map[string]any) bool { return true }) {
		t.Error("the agent was started")
	}
}

func TestStopDuringARetryOfSetupEndsTheBoot(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "bad", Command: sh("exit 1"), Retries: 1000}},
		Agent: Agent{Command: sh("exit 0"), Grace: deadline},
	}})
	b.until("the second failure, long before the next try", func() bool { return len(b.lines("setup step failed")) >= 2 })
	b.signal(sigTerm)
	if _, result := b.wait(); result.Kind != "stop" {
		t.Errorf("result %+v", result)
	}
}

func TestStopDuringBackoffGivesTheLastCode(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("exit 4"), Grace: deadline, Restart: RestartAlways, BackoffInitial: time.Hour, BackoffMax: time.Hour,
	}}})
	b.until("the backoff", func() bool { return len(b.lines("restarting agent")) == 1 })
	b.signal(sigTerm)
	if code, result := b.wait(); code != 4 || result.Kind != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestStopDuringTheDrainCancelsTheRestart(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh(daemon("stray") + "; while ! [ -s $D/stray ]; do sleep 0.01; done; exit 4"),
		Grace:   timeToHear, Restart: RestartAlways,
	}}})
	b.waitCount("stray.signals", 1) // the drain has begun
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 4 {
		t.Errorf("code %d, want 4", code)
	}
	if n := len(b.lines("agent started")); n != 1 {
		t.Errorf("%d starts, want 1", n)
	}
}

// TestSurvivorsAreNoSuccess has the agent leave a process behind that tsboot may
// not signal: root without CAP_KILL, and another user.
func TestSurvivorsAreNoSuccess(t *testing.T) {
	needsRoot(t)
	require.Tools(t, "setpriv")
	t.Parallel()
	for code, kind := range map[int]string{0: "survivors", 7: ""} {
		command := sh(fmt.Sprintf("sleep 100 & echo $!; exit %d", code))
		command.Dir, command.Identity = "/", &Identity{UID: 54321, GID: 54321}
		b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: command, Grace: 100 * time.Millisecond}}}, func(cmd *exec.Cmd) {
			cmd.Args = append([]string{"sh", "-c", `exec setpriv --bounding-set=-kill --inh-caps=-kill -- "$@"`, "sh", cmd.Path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
		})
		got, result := b.wait()
		survivor := atoiT(t, strings.TrimSpace(b.stdout.String()))
		if err := unix.Kill(survivor, unix.SIGKILL); err != nil {
			t.Errorf("the process was gone: %v", err)
		}
		wait.For(t, deadline, "the process is gone", func() bool { return !alive(survivor) })
		if result.Status.Code != code || result.Kind != kind {
			t.Errorf("code %d, result %+v", got, result)
		}
		warned := b.lines("processes survive SIGKILL")
		if len(warned) != 1 || fmt.Sprint(warned[0]["processes"]) != fmt.Sprintf("[%d (sleep)]", survivor) {
			t.Errorf("log: %v", warned)
		}
	}
}
