package container

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// helperEnv names the helper that the test binary is to be.
const helperEnv = "TSWATCH_TEST_HELPER"

func TestMain(m *testing.M) {
	if name := os.Getenv(helperEnv); name != "" {
		os.Exit(helpers[name]())
	}
	os.Exit(m.Run())
}

var helpers = map[string]func() int{
	"exit":   func() int { return 0 },
	"parent": helperParent,
}

// helperParent starts, for each line that it reads, a child that ends at once, and prints its pid when it has ended. It
// reaps the child where the line says "gone", and leaves a zombie where it says "zombie".
func helperParent() int {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		child := exec.Command("/proc/self/exe")
		child.Env = []string{helperEnv + "=exit"}
		if err := child.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		err := unix.Waitid(unix.P_PID, child.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil && lines.Text() == "gone" {
			err = child.Wait()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(child.Process.Pid)
	}
	return 0
}

// group is a cgroup whose name is a container's, for real processes.
type group struct {
	t      *testing.T
	dir    string
	legacy bool
}

// newGroup makes a cgroup of v1 where there is one, else of v2.
func newGroup(t *testing.T, id string) group {
	t.Helper()
	require.Tools(t, "root")
	g := group{t: t, legacy: true}
	base := "/sys/fs/cgroup/pids"
	if _, err := os.Stat(base); err != nil {
		base, g.legacy = "/sys/fs/cgroup", false
	}
	above, err := os.MkdirTemp(base, "tsw-test-")
	if err != nil {
		require.Missing(t, "cgroup", err)
	}
	g.dir = filepath.Join(above, id)
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, dir := range []string{g.dir, above} { // the kernel may still be at the end of a process
			wait.For(t, 20*time.Second, "an empty cgroup "+dir, func() bool { return os.Remove(dir) == nil })
		}
	})
	return g
}

// parent is a running helperParent in the group.
type parent struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func (g group) start(flags uintptr) *parent {
	g.t.Helper()
	p := &parent{t: g.t, cmd: exec.Command("/proc/self/exe")}
	p.cmd.Env = []string{helperEnv + "=parent"}
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		g.t.Fatal(err)
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		g.t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(p.end)
	pid := []byte(strconv.Itoa(p.pid()))
	if err := os.WriteFile(filepath.Join(g.dir, "cgroup.procs"), pid, 0); err != nil {
		g.t.Fatal(err)
	}
	return p
}

func (p *parent) pid() int { return p.cmd.Process.Pid }

// child starts a child that has ended, and gives its pid in the parent's namespace.
func (p *parent) child(how string) int {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, how); err != nil {
		p.t.Fatal(err)
	}
	if !p.out.Scan() {
		p.t.Fatal("the helper ended")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(p.out.Text()))
	if err != nil {
		p.t.Fatal(err)
	}
	return pid
}

// end ends the parent; its children have ended.
func (p *parent) end() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		p.t.Error(err)
	}
}

func realTracker(t *testing.T) *Tracker {
	t.Helper()
	tracker, err := NewTracker(Options{})
	if err != nil {
		t.Fatal(err)
	}
	tracker.own.id = ""      // the container of the tests, if any, is not the group's parent
	tracker.reuse = 100 * 60 // no pid comes again while a test runs, however slow the machine is
	t.Cleanup(func() { _ = tracker.Close() })
	return tracker
}

// TestRealProcesses attributes processes of the running kernel: alive, zombies, gone, gone with their parent.
func TestRealProcesses(t *testing.T) {
	t.Parallel()
	g := newGroup(t, idA)
	p := g.start(0)
	tracker := realTracker(t)
	began := time.Now()
	a := now(tracker, p.pid(), os.Getpid())
	took := time.Since(began)
	want(t, "alive", a, "cgroup "+idA)
	if a.VPID != p.pid() {
		t.Errorf("vpid %d of %d", a.VPID, p.pid())
	}
	if a.Latency <= 0 || a.Latency > took {
		t.Errorf("latency %v of %v", a.Latency, took)
	}
	zombie := "cgroup " + idA
	if g.legacy {
		zombie = "parent " + idA
	}
	want(t, "a zombie", now(tracker, p.child("zombie"), p.pid()), zombie)
	want(t, "gone", now(tracker, p.child("gone"), p.pid()), "parent "+idA)
	last := p.child("gone")
	p.end()
	want(t, "gone with its parent", now(tracker, last, p.pid()), "parent "+idA)
	want(t, "the parent itself", now(tracker, p.pid(), os.Getpid()), "cgroup "+idA)
}

// TestRealGoneOfTheHost: what a process outside of the group started was outside, until one of its children is in
// the group. It has no other test beside it: what they start in groups is this process's, too.
func TestRealGoneOfTheHost(t *testing.T) {
	g := newGroup(t, idC)
	tracker := realTracker(t)
	run := func() int {
		child := exec.Command("/proc/self/exe")
		child.Env = []string{helperEnv + "=exit"}
		if err := child.Run(); err != nil {
			t.Fatal(err)
		}
		return child.Process.Pid
	}
	if a := now(tracker, run(), os.Getpid()); a.Container.is(&Container{ID: idC}) || a.Method == MethodNone {
		t.Errorf("before: %+v", a)
	}
	want(t, "in the group", now(tracker, g.start(0).pid(), os.Getpid()), "cgroup "+idC)
	want(t, "after", now(tracker, run(), os.Getpid()), "none started-by-runtime")
}

// TestRealVPID: the first process of a pid namespace is 1 there.
func TestRealVPID(t *testing.T) {
	t.Parallel()
	g := newGroup(t, idB)
	p := g.start(unix.CLONE_NEWPID)
	tracker := realTracker(t)
	a := now(tracker, p.pid(), os.Getpid())
	want(t, "in a pid namespace", a, "cgroup "+idB)
	if a.VPID != 1 {
		t.Errorf("vpid %d", a.VPID)
	}
}
