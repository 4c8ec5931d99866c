//go:build linux

package supervisor

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/supervisor/process"
)

// views are what a supervisor may find at /proc (hidepid shows all to the group gid), and the shell command that
// makes it so and runs the rest of its command line.
var views = map[string]string{
	"none":    `mount -t tmpfs none /proc && exec "$@"`,
	"hidden":  `mount -t proc -o hidepid=2,gid=54399 proc /proc && exec setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace -- "$@"`,
	"foreign": `exec "$@"`,
}

// seeing starts the supervisor with such a view, as process 1 or below a shell
// that is.
func seeing(view string, pid1 bool) func(*exec.Cmd) {
	script := views[view]
	if !pid1 {
		script = strings.Replace(script, "exec ", "", 1) + "; exit $?"
	}
	return func(cmd *exec.Cmd) {
		cmd.Args = append([]string{"sh", "-c", script, "sh", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, Unshareflags: unix.CLONE_NEWNS}
	}
}

// TestWithoutAnHonestProc: children are the kernel's to tell. The agent is of
// another user, so that a /proc with hidepid shows nothing of it; it and what it
// leaves behind are deaf to SIGTERM.
func TestWithoutAnHonestProc(t *testing.T) {
	needsRoot(t)
	require.Tools(t, "setpriv")
	for view := range views {
		for _, pid1 := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/pid1=%v", view, pid1), func(t *testing.T) {
				t.Parallel()
				run := func(script string) *boot {
					command := sh(script)
					command.Dir, command.Identity = "/", &Identity{UID: 54321, GID: 54321}
					b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: command, Grace: 300 * time.Millisecond}}}, seeing(view, pid1))
					b.until("it is up", func() bool { return strings.Count(b.stdout.String(), "up") == 2 })
					return b
				}
				// A deaf agent, and one below it in a session of its own.
				b := run(`trap "" TERM; setsid sh -c "echo up; while :; do sleep 0.05; done" & echo up; while :; do sleep 0.05; done`)
				if pid1 {
					b.signal(sigTerm)
				} else {
					b.signalChild(sigTerm)
				}
				if code, result := b.wait(); code != 137 || result.Status.Reason != ReasonKilledAfterGrace {
					t.Errorf("code %d, result %+v", code, result)
				}
				// An agent that ends by itself, and leaves an orphan in its group and a daemon outside.
				b = run(`{ (trap "" TERM; echo up; while :; do sleep 0.05; done) & setsid sh -c "trap '' TERM; echo up; while :; do sleep 0.05; done" & } | { read a; read b; echo $a $b; exit 5; }`)
				if code, _ := b.wait(); code != 5 {
					t.Errorf("code %d", code)
				}
			})
		}
	}
}

// SignalChild signals the supervisor where a shell is process 1 above it.
func (b *boot) signalChild(sig Signal) {
	b.t.Helper()
	var pids []int
	b.until("the shell has a child", func() bool {
		pids, _ = process.ChildrenOf(b.cmd.Process.Pid)
		return len(pids) == 1
	})
	if err := unix.Kill(pids[0], unix.Signal(sig)); err != nil {
		b.t.Fatal(err)
	}
}
