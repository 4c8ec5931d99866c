//go:build linux

package supervisor

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// helperMover leaves the group it was started in for that of a child of its
// own, with or without a process that stays behind, and then is a catcher.
func helperMover(args []string) int {
	if args[1] == "not-alone" {
		if err := exec.Command("sleep", "100").Start(); err != nil {
			return 1
		}
	}
	other := exec.Command("sleep", "100")
	other.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := other.Start(); err != nil {
		return 1
	}
	if err := unix.Setpgid(0, other.Process.Pid); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return helperCatcher(args)
}

// TestAgentThatLeftItsGroupHearsItsSignals: the group's signal does not reach
// it, and finds nobody or only what the agent has left there.
func TestAgentThatLeftItsGroupHearsItsSignals(t *testing.T) {
	t.Parallel()
	usedHelpers.Store("mover", true)
	for _, rest := range []string{"alone", "not-alone"} {
		t.Run(rest, func(t *testing.T) {
			t.Parallel()
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
				Command: sh(helperEnv + "=mover exec $SELF agent " + rest), Grace: deadline, StopSignal: Signal(unix.SIGQUIT),
			}}})
			b.waitFor("agent")
			var want []string
			for _, sig := range []unix.Signal{unix.SIGWINCH, unix.SIGWINCH, unix.SIGWINCH} {
				b.signal(Signal(sig))
				want = append(want, strconv.Itoa(int(sig)))
				if got := b.waitCount("agent.signals", len(want)); !slices.Equal(got, want) {
					t.Fatalf("the agent got %v, want %v", got, want)
				}
			}
			began := time.Now()
			b.signal(sigTerm)
			if code, _ := b.wait(); code != 0 || time.Since(began) > deadline/2 {
				t.Errorf("code %d after %s", code, time.Since(began))
			}
		})
	}
}

// TestStepThatLeftItsGroupIsEnded by its timeout, and by a stop.
func TestStepThatLeftItsGroupIsEnded(t *testing.T) {
	t.Parallel()
	usedHelpers.Store("mover", true)
	step := Step{Name: "moves", Command: sh(helperEnv + "=mover exec $SELF step alone"), Timeout: 100 * time.Millisecond}
	agent := Agent{Command: sh("exit 0"), Grace: time.Second}
	b := startBoot(t, bootConfig{Plan: Plan{Setup: []Step{step}, Agent: agent}})
	if _, result := b.wait(); result.Kind != "setup" {
		t.Errorf("result %+v", result)
	}
	step.Timeout, step.Command = time.Hour, sh("trap '' USR1; exec env "+helperEnv+"=mover $SELF step alone")
	b = startBoot(t, bootConfig{Plan: Plan{Setup: []Step{step}, Agent: agent}, Options: Options{Grace: timeToHear}})
	b.waitFor("step")
	b.signal(sigTerm)
	b.waitCount("step.signals", 1)
	if _, result := b.wait(); result.Kind != "stop" {
		t.Errorf("result %+v", result)
	}
}
