//go:build linux

package supervisor

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestOutput(t *testing.T) {
	t.Parallel()
	helper := sh("head -c 3000000 /dev/zero | tr '\\0' x; echo said >&2; exit 3")
	b := startBoot(t, bootConfig{Output: &helper})
	code, result := b.wait()
	if code != 3 || result.Error != "" || len(result.Stdout) != 3000000 || result.Log != "said\n" {
		t.Errorf("code %d, error %q, %d bytes, log %q", code, result.Error, len(result.Stdout), result.Log)
	}
}

// TestHelpersLogIsWhole: all that a helper wrote to standard error is there, in order, when Output returns, although a
// process that it left behind keeps the pipe open.
func TestHelpersLogIsWhole(t *testing.T) {
	t.Parallel()
	helper := sh("i=0; while test $i -lt 20000; do i=$((i+1)); echo line $i; done >&2; (trap '' TERM; exec sleep 60) & printf end >&2")
	b := startBoot(t, bootConfig{Output: &helper, Plan: Plan{Agent: Agent{Command: sh("exit 0")}}})
	_, result := b.wait()
	var want strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&want, "line %d\n", i+1)
	}
	if result.Error != "" || result.Log != want.String()+"end" {
		t.Errorf("error %q, %d bytes of log, want %d; the last are %q", result.Error, len(result.Log), want.Len()+3, result.Log[max(0, len(result.Log)-30):])
	}
}

func TestHelperThatCannotBeExecuted(t *testing.T) {
	t.Parallel()
	helper := Command{Argv: []string{"no-such-program"}}
	b := startBoot(t, bootConfig{Output: &helper})
	if _, result := b.wait(); result.Kind != "exec" || !strings.Contains(result.Error, "not found in PATH") {
		t.Errorf("result %+v", result)
	}
}

// TestStopDuringAHelper: a helper has only a moment at a stop, however long the agent's grace is, whether it hears
// SIGTERM, is deaf to it, or is stopped.
func TestStopDuringAHelper(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"hears":   "trap 'exit 0' TERM; echo up > $D/up; while :; do sleep 0.01; done",
		"deaf":    "trap '' TERM; echo up > $D/up; while :; do sleep 0.01; done",
		"stopped": "echo up > $D/up; kill -STOP $$",
		"both":    "trap '' TERM; echo up > $D/up; kill -STOP $$; while :; do sleep 0.01; done",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			helper := sh(script)
			b := startBoot(t, bootConfig{Output: &helper, Plan: Plan{Agent: Agent{Command: sh("exit 0"), Grace: time.Hour}},
				Options: Options{Grace: time.Hour}})
			b.waitFor("up")
			b.signal(sigTerm)
			if _, result := b.wait(); result.Kind != "stop" {
				t.Errorf("result %+v", result)
			}
		})
	}
}
