//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// hangingStore accepts connections and never answers.
func hangingStore(t *testing.T) *store {
	t.Helper()
	s := memoryStore(t)
	s.memory.Script(secretstest.Fault{Kind: secretstest.Hang, Times: secretstest.Forever})
	return s
}

// phase is a moment of a boot at which SIGTERM comes.
type phase struct {
	store   func(*testing.T) *store
	knobs   string
	args    []string
	reached func(*container, *process) // waits until the boot is there
	code    int
	within  time.Duration
}

var phases = map[string]phase{
	"fetch": {
		store: hangingStore, code: 128 + 15, within: 2 * time.Second,
		reached: func(c *container, p *process) {
			wait.For(c.t, aLongTime, "tsboot asks the store", func() bool { return len(c.store.memory.Calls()) > 0 })
		}},
	"wait between tries": {
		store: func(t *testing.T) *store {
			s := memoryStore(t)
			s.memory.Script(secretstest.Fault{Kind: secretstest.ServerError, Times: secretstest.Forever})
			return s
		}, code: 128 + 15, within: 2 * time.Second,
		reached: func(c *container, p *process) {
			wait.For(c.t, aLongTime, "tsboot asks again", func() bool { return len(c.store.memory.Calls()) > 2 })
		}},
	"setup": {
		knobs: `{"setup":{"hang":true}}`, args: []string{"--grace", "500ms"}, code: 128 + 15, within: 4 * time.Second,
		reached: func(c *container, p *process) {
			wait.For(c.t, aLongTime, "setup runs", func() bool { return len(c.calls("cloudsight", "setup")) > 0 })
		}},
	"wait for another try of setup": {
		knobs: `{"setup":{"exit":1}}`, code: 128 + 15, within: 2 * time.Second,
		reached: func(c *container, p *process) {
			wait.For(c.t, aLongTime, "setup failed", func() bool { return len(c.calls("cloudsight", "setup")) > 0 && !c.anyRunning(p, "cloudsight") })
		}},
	"running": {
		code: 0, within: 3 * time.Second,
		reached: func(c *container, p *process) { c.awaitReady(p, 1) }},
	"running, setup left a process": {
		knobs: `{"setup":{"fork":true}}`, code: 0, within: 3 * time.Second,
		reached: func(c *container, p *process) { c.awaitReady(p, 1) }},
	"running, deaf": {
		knobs: `{"run":{"ignore_term":true}}`, args: []string{"--grace", "500ms"}, code: 128 + 9, within: 4 * time.Second,
		reached: func(c *container, p *process) { c.awaitReady(p, 1) }},
	"backoff": {
		knobs: `{"run":{"exit":6}}`, args: []string{"--backoff-initial", "1h", "--backoff-max", "1h"}, code: 6, within: 2 * time.Second,
		reached: func(c *container, p *process) { p.wantLog("restarting agent") }},
}

// TestStopInEveryPhase: SIGTERM ends a boot wherever it is, at once, leaving nothing.
func TestStopInEveryPhase(t *testing.T) {
	t.Parallel()
	for name, ph := range phases {
		for _, pid1 := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, pid 1 %v", name, pid1), func(t *testing.T) {
				t.Parallel()
				newStore := memoryStore
				if ph.store != nil {
					newStore = ph.store
				}
				s := prodStore(newStore(t))
				c := newThreatStack(t, 1, s)
				c.spec.PID1 = pid1
				if ph.knobs != "" {
					c.misbehave(ph.knobs)
				}
				p := c.boot(nil, append([]string{"--ssm-path", s.path("/threatstack/prod")}, ph.args...)...)
				ph.reached(c, p)
				sent := time.Now()
				if code := c.stop(p); code != ph.code {
					t.Errorf("exit code %d, want %d\n%s", code, ph.code, p.stderr())
				}
				if took := p.endedAt.Sub(sent); took > ph.within {
					t.Errorf("took %v, want less than %v\n%s", took, ph.within, p.stderr())
				}
				c.wantNoStrays()
			})
		}
	}
}

// anyRunning says whether a program of that name runs in the container.
func (c *container) anyRunning(p *process, name string) bool {
	for _, pid := range treeOf(p.cmd.Process.Pid) {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err == nil && string(comm) == name+"\n" {
			return true
		}
	}
	return false
}

// TestKilled: when tsboot itself is killed, its agent does not go on without it.
func TestKilled(t *testing.T) {
	t.Parallel()
	tsboot := start(t, exec.Command(tsbootBinary(t), "exec", "--", "sleep", "1000"))
	agent := 0
	wait.For(t, aLongTime, "the agent runs", func() bool {
		for _, pid := range childrenOf(tsboot.cmd.Process.Pid) {
			if argv := cmdline(pid); len(argv) == 2 && argv[0] == "sleep" {
				agent = pid
			}
		}
		return agent != 0
	})
	tsboot.signal(syscall.SIGKILL)
	tsboot.wantExit(128 + 9)
	if !wait.Until(aLongTime, func() bool { return cmdline(agent) == nil }) {
		t.Error("the agent lives on")
		_ = syscall.Kill(agent, syscall.SIGKILL)
	}
}
