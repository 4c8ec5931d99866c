//go:build linux

package supervisor

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/supervisor/process"
)

// forwardable are the signals that only pass through: not those that cannot be
// caught, end the catcher, or stop the supervisor too; 32 to 34 do not reach the
// agent for certain.
func forwardable() []Signal {
	var all []Signal
	for n := Signal(1); n <= process.MaxSignal; n++ {
		switch unix.Signal(n) {
		case unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGQUIT, 32, 33, 34:
			continue
		}
		all = append(all, n)
	}
	return all
}

func TestEverySignalIsForwardedInOrder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		scope SignalScope
	}{{"group", ScopeGroup}, {"process", ScopeProcess}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
				Command: recorder("agent"), Grace: deadline, StopOn: []Signal{Signal(unix.SIGQUIT)}, SignalScope: test.scope,
			}}})
			var want []string
			agent := atoiT(t, b.waitFor("agent"))
			for _, sig := range forwardable() {
				want = append(want, fmt.Sprint(int(sig)))
				b.sendUntil(sig, agent, func() bool {
					return len(strings.Fields(string(process.ReadProc(b.path("agent.signals"))))) >= len(want)
				})
				if got := b.waitCount("agent.signals", len(want)); !slices.Equal(got, want) {
					t.Fatalf("got %v, want %v", got, want)
				}
			}
			b.signal(Signal(unix.SIGQUIT))
			if code, _ := b.wait(); code != 0 {
				t.Errorf("code %d", code)
			}
		})
	}
}

// sendUntil sends a signal until it has arrived. Once is enough, except for those
// that the runtime swallows if they find the main thread at work.
func (b *boot) sendUntil(sig Signal, agent int, arrived func() bool) {
	b.t.Helper()
	for range 5 {
		b.until("both wait for a signal", func() bool {
			return waitsForSignal(agent) && waitsForSignal(b.cmd.Process.Pid)
		})
		b.signal(sig)
		limit := time.Now().Add(deadline / 5)
		b.until("it arrives", func() bool { return arrived() || time.Now().After(limit) })
		if arrived() {
			return
		}
		switch unix.Signal(sig) {
		case unix.SIGURG, unix.SIGPROF, unix.SIGPIPE: // the runtime swallows it while the main thread is at work
			continue
		}
		b.t.Fatalf("%s does not arrive", sig)
	}
}

// waitsForSignal tells a process whose main thread is in rt_sigtimedwait: it
// misses nothing.
func waitsForSignal(pid int) bool {
	return strings.HasPrefix(string(process.ReadProc(fmt.Sprintf("/proc/%d/syscall", pid))), fmt.Sprint(unix.SYS_RT_SIGTIMEDWAIT, " "))
}

func TestSignalsAreRewrittenFirstAndDropped(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: catcher("agent"), Grace: deadline, StopSignal: Signal(unix.SIGQUIT),
		SignalRewrite: map[Signal]Signal{
			Signal(unix.SIGHUP): Signal(unix.SIGUSR1), Signal(unix.SIGUSR1): 0, Signal(unix.SIGUSR2): sigTerm, sigInt: 40,
		},
	}}})
	b.waitFor("agent")
	for _, sig := range []unix.Signal{unix.SIGUSR1, unix.SIGHUP, unix.SIGINT, unix.SIGUSR2} {
		before := len(process.ReadProc(b.path("agent.signals")))
		b.signal(Signal(sig))
		if sig != unix.SIGUSR1 {
			b.until("it arrives", func() bool { return len(process.ReadProc(b.path("agent.signals"))) > before })
		}
	}
	code, _ := b.wait() // SIGUSR2 became SIGTERM, a stop
	if got := b.waitCount("agent.signals", 3); code != 0 || strings.Join(got, " ") != "10 40 3" {
		t.Errorf("code %d, got %v", code, got)
	}
}

func TestSignalsBlockedAtTheStartAreForwardedAllTheSame(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("grep SigBlk /proc/self/status > $D/mask; grep SigIgn /proc/self/status > $D/ignored; " + catcher("agent").Argv[2]), Grace: deadline,
	}}}, blockedAndIgnored(t))
	b.waitFor("agent")
	for n, sig := range []unix.Signal{unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, 40} {
		b.signal(Signal(sig))
		b.waitCount("agent.signals", n+1)
	}
	b.signal(Signal(unix.SIGQUIT))
	b.waitCount("agent.signals", 5)
	if code, _ := b.wait(); code != 0 {
		t.Errorf("code %d", code)
	}
	if got := b.waitFor("mask"); !strings.HasSuffix(got, "0000000000000000") {
		t.Errorf("the agent's mask: %s", got)
	}
	if got := b.waitFor("ignored"); !strings.HasSuffix(got, "0000000000000000") {
		t.Errorf("the agent ignores: %s", got)
	}
}

// blockedAndIgnored starts the supervisor with every signal blocked and SIGCHLD
// among those ignored.
func blockedAndIgnored(t *testing.T) func(*exec.Cmd) {
	python, err := exec.LookPath("python3")
	if err != nil {
		require.Missing(t, "python", err) // it sets the signal mask that the supervisor inherits
	}
	return func(cmd *exec.Cmd) {
		script := `import os,signal,sys
for s in (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGUSR1, signal.SIGTTOU, 40):
    signal.signal(s, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.execv(sys.argv[1], sys.argv[1:])`
		cmd.Args = []string{"python3", "-c", script, cmd.Path}
		cmd.Path = python
	}
}

func TestSuspendAndResume(t *testing.T) {
	t.Parallel()
	for _, sig := range []unix.Signal{unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("echo $$ > $D/pid; exec sleep 100"), Grace: deadline}}})
			pid := atoiT(t, b.waitFor("pid"))
			stopped := func(pid int) func() bool {
				return func() bool { st, _ := process.ReadStat(pid); return st.Stopped() }
			}
			b.signal(Signal(sig))
			b.until("the agent is stopped", stopped(pid))
			b.until("the supervisor is stopped", stopped(b.cmd.Process.Pid))
			b.signal(sigCont)
			b.until("the agent is awake", func() bool { return !stopped(pid)() })
			b.signal(sigTerm)
			if code, _ := b.wait(); code != 143 {
				t.Errorf("code %d", code)
			}
		})
	}
}

func TestSignalsWithoutAnAgentAreHarmless(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "wait", Command: sh("echo up > $D/up; while ! [ -e $D/go ]; do sleep 0.01; done")}},
		Agent: Agent{Command: sh("exit 0"), Grace: deadline},
	}})
	b.waitFor("up")
	for _, sig := range append(forwardable(), Signal(unix.SIGCHLD)) {
		if sig != sigTerm && sig != sigInt {
			b.signal(sig)
		}
	}
	b.until("all signals are handled", func() bool {
		status := string(process.ReadProc(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid)))
		return strings.Contains(status, "ShdPnd:\t0000000000000000\n") && waitsForSignal(b.cmd.Process.Pid)
	})
	if err := writeFile(b.path("go"), "go"); err != nil {
		t.Fatal(err)
	}
	if code, result := b.wait(); code != 0 || result.Error != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
}

func TestAgentDiesWithTheSupervisor(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: catcher("agent"), Grace: deadline}}})
	pid := atoiT(t, b.waitFor("agent"))
	if err := b.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait.For(t, deadline, "the agent is gone", func() bool { return !alive(pid) })
	<-b.waited
}

func TestParentDeathSignal(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Options: Options{ParentDeathSignal: sigTerm}, Plan: Plan{Agent: Agent{
		Command: sh("echo $PPID > $D/supervisor; echo up > $D/up; exec sleep 100"), Grace: deadline,
	}}}, func(cmd *exec.Cmd) { // a shell between the test and the supervisor
		cmd.Args = append([]string{"sh", "-c", `"$@" & wait`, "sh"}, cmd.Path)
		cmd.Path = "/bin/sh"
	})
	b.waitFor("up")
	pid := atoiT(t, b.waitFor("supervisor"))
	if err := b.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	wait.For(t, deadline, "the supervisor has ended", func() bool { return !alive(pid) })
	if _, result := b.wait(); result.Status.Signal != sigTerm {
		t.Errorf("result %+v", result)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	rules := signalRules{
		rewrite: map[Signal]Signal{sigInt: sigTerm, 40: 0, 41: Signal(unix.SIGPIPE)},
		stopOn:  []Signal{sigTerm}, refresh: Signal(unix.SIGHUP),
	}
	for _, test := range []struct {
		came, sig Signal
		use       signalUse
	}{
		{sigTerm, sigTerm, useStop},
		{sigInt, sigTerm, useStop},
		{40, 0, useDrop},
		{41, Signal(unix.SIGPIPE), useForward},
		{Signal(unix.SIGPIPE), Signal(unix.SIGPIPE), useDrop},
		{Signal(unix.SIGURG), Signal(unix.SIGURG), useDrop},
		{Signal(unix.SIGHUP), Signal(unix.SIGHUP), useRefresh},
		{Signal(unix.SIGUSR1), Signal(unix.SIGUSR1), useForward},
	} {
		if sig, use := rules.classify(test.came, false); sig != test.sig || use != test.use {
			t.Errorf("%s: got %s %d, want %s %d", test.came, sig, use, test.sig, test.use)
		}
	}
	rules.forwardURG = true
	if _, use := rules.classify(Signal(unix.SIGURG), false); use != useForward {
		t.Error("SIGURG is not forwarded")
	}
}

// TestWhatTheRuntimeDoesNotKnowIsNotHandedOnIgnored: 32 and 34 belong to the
// threading libraries of C; some programs leave them ignored.
func TestWhatTheRuntimeDoesNotKnowIsNotHandedOnIgnored(t *testing.T) {
	for _, sig := range []unix.Signal{32, 34} {
		defer ignore(t, sig)()
	}
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("grep SigIgn /proc/self/status > $D/ignored"), Grace: deadline}}})
	if got := strings.Fields(b.waitFor("ignored")); len(got) != 2 || strings.Trim(got[1], "0") != "" {
		t.Errorf("the agent has %q", got)
	}
}
