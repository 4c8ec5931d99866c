//go:build linux

package supervisor

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/executable"
	"github.com/tsboot/tsboot/integration/require"
)

// needsRoot skips a test that must make namespaces, unless TSBOOT_REQUIRE says
// that it may not be skipped.
func needsRoot(t *testing.T) {
	t.Helper()
	require.Tools(t, "root")
}

// asPID1 starts the supervisor as PID 1 of a pid namespace with a /proc of its own.
func asPID1(cmd *exec.Cmd) {
	cmd.Args = append([]string{"sh", "-c", `mount -t proc proc /proc && exec "$@"`, "sh"}, cmd.Path)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, Unshareflags: unix.CLONE_NEWNS}
}

func TestPID1PassesTheCodeOnAndReapsAll(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh(`echo $PPID > $D/ppid; i=0; while [ $i -lt 100 ]; do (true & true &); i=$((i+1)); done
			n=1; while [ $n -gt 0 ]; do n=$(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l); done; exit 41`), Grace: time.Second,
	}}}, asPID1)
	if code, result := b.wait(); code != 41 || result.Snapshot.Orphans < 200 {
		t.Errorf("code %d, result %+v", code, result)
	}
	if got := b.waitFor("ppid"); got != "1" {
		t.Errorf("the supervisor was pid %s", got)
	}
}

func TestPID1ForwardsAndStops(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: catcher("agent"), Grace: deadline, StopSignal: Signal(unix.SIGQUIT)}}}, asPID1)
	b.waitFor("agent")
	want := []string{}
	for _, sig := range []unix.Signal{unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPWR, unix.SIGTSTP, 37, 64} {
		b.signal(Signal(sig)) // from outside: the sender has no pid in there
		want = append(want, strconv.Itoa(int(sig)))
		if got := b.waitCount("agent.signals", len(want)); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	if stopped(b.cmd.Process.Pid) {
		t.Error("PID 1 has stopped itself")
	}
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 0 {
		t.Errorf("code %d", code)
	}
}

func TestPID1BringsDownWhatTheAgentLeavesBehind(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh(strays + "exit 5"), Grace: timeToHear}}}, asPID1)
	if code, _ := b.wait(); code != 5 {
		t.Errorf("code %d", code)
	}
	for file, want := range map[string]string{"told": "told", "woken": "woken"} {
		if got := b.waitFor(file); got != want {
			t.Errorf("%s: %q", file, got)
		}
	}
}

// TestProcOfAnotherNamespaceIsNotBelieved has a /proc whose numbers mean other
// processes.
func TestProcOfAnotherNamespaceIsNotBelieved(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	w := startWitness(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh(strays + "exit 5"), Grace: timeToHear}}}, func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	})
	if code, _ := b.wait(); code != 5 {
		t.Errorf("code %d", code)
	}
	for file, want := range map[string]string{"told": "told", "woken": "woken"} {
		if got := b.waitFor(file); got != want {
			t.Errorf("%s: %q", file, got)
		}
	}
	w.check()
}

func TestRunAsAnotherUser(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: Command{Argv: []string{"sh", "-c", "id -u; id -g; id -G; sleep 100 & wait"}, Env: []string{"PATH=" + os.Getenv("PATH")}, Dir: "/",
			Identity: &Identity{UID: 54321, GID: 54322, Groups: []int{54323}}}, Grace: deadline,
	}}})
	b.until("it has said who it is", func() bool { return strings.Count(b.stdout.String(), "\n") >= 3 })
	if got := strings.Join(strings.Fields(b.stdout.String()), " "); got != "54321 54322 54322 54323" {
		t.Errorf("the agent is %s", got)
	}
	b.signal(sigTerm) // which root may send
	if code, _ := b.wait(); code != 143 {
		t.Errorf("code %d", code)
	}
}

func TestAnotherUserNeedsRoot(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: Command{Argv: []string{"true"}, Dir: "/", Identity: &Identity{UID: 1, GID: 1}}, Grace: deadline,
	}}}, func(cmd *exec.Cmd) {
		dir := testDir(cmd)
		for _, path := range []string{dir, dir + "/config.json"} {
			if err := os.Chown(path, 54321, 54321); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(dir+"/..", 0o755); err != nil {
			t.Fatal(err)
		}
		binary := copyBinary(t, cmd.Path, dir)
		cmd.Path, cmd.Args = binary, []string{binary}
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54321, Gid: 54321}}
	})
	if _, result := b.wait(); result.Kind != "exec" || !strings.Contains(result.Error, "CAP_SETUID") {
		t.Errorf("result %+v", result)
	}
}

// copyBinary puts the test binary where another user can reach it.
func copyBinary(t *testing.T, from, dir string) string {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	path := dir + "/binary"
	if err := executable.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
