//go:build linux

package supervisor

import (
	"slices"
	"testing"
	"time"
)

// TestFirstRunIsSaidOnce: when the agent has started, before anything else is known of it, and not at a restart.
func TestFirstRunIsSaidOnce(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "step", Command: sh("true"), Timeout: deadline}},
		Agent: Agent{Command: fails(2), Restart: RestartOnFailure, BackoffInitial: time.Millisecond, BackoffMax: time.Millisecond, Grace: time.Second},
	}})
	b.wait()
	want := []string{"setup step done", "agent started", "first run", "agent exited", "agent started", "agent exited", "agent started", "agent exited"}
	if got := b.messages("setup step done", "agent started", "first run", "agent exited"); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestFirstRunOfAFollowedAgent: the daemon is the agent. A start command that fails is no run.
func TestFirstRunOfAFollowedAgent(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh(`[ -e $D/failed ] || { : > $D/failed; exit 4; }
` + daemonise(`echo $$ > $D/tmp; mv $D/tmp $D/pid; exec sleep 100`)),
		Follow: &Follow{PIDFile: "$D/pid"}, Grace: deadline, Restart: RestartAlways, BackoffInitial: time.Millisecond, BackoffMax: time.Millisecond,
	}}})
	b.until("the daemon is followed", func() bool { return len(b.lines("first run")) > 0 })
	b.signal(sigTerm)
	b.wait()
	if got := b.messages("agent started", "first run", "agent exited"); !slices.Equal(got, []string{"agent exited", "agent started", "first run", "agent exited"}) {
		t.Errorf("%q", got)
	}
}

// TestNoFirstRun: setup has failed, or the command cannot be executed.
func TestNoFirstRun(t *testing.T) {
	t.Parallel()
	agent := Agent{Command: sh("exit 0"), Restart: RestartNo, Grace: time.Second}
	missing := agent
	missing.Command = Command{Argv: []string{"/no/such/program"}}
	for _, plan := range []Plan{{Setup: []Step{{Name: "step", Command: sh("exit 1"), Timeout: deadline}}, Agent: agent}, {Agent: missing}} {
		b := startBoot(t, bootConfig{Plan: plan})
		b.wait()
		if got := b.messages("first run"); len(got) > 0 {
			t.Errorf("%q", got)
		}
	}
}
