//go:build linux

package supervisor

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// The loop is woken by a signal while it forks, when for a moment nothing is blocked: a wake-up must not be taken for
// a signal that somebody sent, whatever runs and however the program is linked.
func TestNoSignalOfOurOwnIsLoggedOrForwarded(t *testing.T) {
	t.Parallel()
	var steps []Step
	for n := range 150 {
		steps = append(steps, Step{Name: fmt.Sprint(n), Command: sh("exit 1"), OKCodes: []int{1}})
	}
	for _, urg := range []bool{false, true} {
		t.Run(fmt.Sprintf("forwards SIGURG %v", urg), func(t *testing.T) {
			t.Parallel()
			usedHelpers.Store("record", true)
			agent := sh("echo run >> $D/runs; [ $(wc -l < $D/runs) -lt 20 ] && exit 3; " + helperEnv + "=record GODEBUG=asyncpreemptoff=1 exec $SELF agent")
			b := startBoot(t, bootConfig{
				Options: Options{ForwardSIGURG: urg},
				Plan:    Plan{Setup: slices.Clone(steps), Agent: Agent{Command: agent, Restart: RestartAlways, Grace: deadline, StopSignal: Signal(unix.SIGQUIT)}},
			}, func(cmd *exec.Cmd) {
				if urg {
					cmd.Env = append(cmd.Env, "GODEBUG=asyncpreemptoff=1")
				}
			})
			b.waitFor("agent")
			b.signal(Signal(unix.SIGUSR1))
			b.waitFor("agent.signals")
			b.signal(sigTerm)
			b.wait()
			got, _ := os.ReadFile(b.path("agent.signals"))
			if want := fmt.Sprintf("%d\n%d\n", unix.SIGUSR1, unix.SIGQUIT); string(got) != want {
				t.Errorf("the agent got %q, want %q", got, want)
			}
			if strays := b.lines("signal without an agent"); len(strays) > 0 {
				t.Errorf("log: %v", strays)
			}
		})
	}
}
