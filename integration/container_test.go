//go:build linux

package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// container is the root directory of a container without an engine, with tsboot in it, and all that the leak check must know of a test.
type container struct {
	t     *testing.T
	root  string
	store *store
	spec  containerSpec
	leaks *leakCheck

	stdout, stderr *os.File // of the next start, instead of files
}

// newContainer is a container with tsboot at /tsboot.
func newContainer(t *testing.T, s *store) *container {
	t.Helper()
	c := emptyContainer(t, s)
	c.copyIn(tsbootBinary(t), "/tsboot")
	return c
}

// emptyContainer makes an empty root directory. Needs root, for the namespaces.
func emptyContainer(t *testing.T, s *store) *container {
	t.Helper()
	require.Tools(t, "root")
	c := &container{t: t, root: filepath.Join(t.TempDir(), "root"), store: s}
	for _, dir := range []string{"proc", "dev", "etc/ts-agent", "opt", "run", "var/tmp", "root"} {
		if err := os.MkdirAll(filepath.Join(c.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(c.path("/tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(c.path("/tmp"), os.ModeSticky|0o777); err != nil {
		t.Fatal(err)
	}
	for _, device := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		writeFile(t, c.path("/dev/"+device), "", 0o600)
	}
	c.spec = containerSpec{Root: c.root, PID1: true}
	c.leaks = newLeakCheck(t, s, c.root)
	c.leaks.notes = c.records
	return c
}

// newThreatStack is a container with a fake agent of that generation (1 or 2) at the vendor's own place.
func newThreatStack(t *testing.T, generation int, s *store) *container {
	t.Helper()
	c := newContainer(t, s)
	cmd := exec.Command(fakeAgentBinary(t), "install", strconv.Itoa(generation), c.path("/opt/threatstack"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("install the fake agent: %v\n%s", err, out)
	}
	return c
}

// path is the test's view of a path inside.
func (c *container) path(inside string) string { return filepath.Join(c.root, inside) }

func (c *container) copyIn(file, inside string) {
	c.t.Helper()
	writeFile(c.t, c.path(inside), readFile(c.t, file), 0o755)
}

// misbehave writes the fake agent's fake.json; the argument is JSON as integration/fakeagent/agent/knobs.go has it.
func (c *container) misbehave(knobs string) {
	c.t.Helper()
	writeFile(c.t, c.path("/opt/threatstack/fake.json"), knobs, 0o600)
}

// boot starts /tsboot inside with the store's environment, more variables, and the log at trace.
func (c *container) boot(env []string, args ...string) *process {
	c.t.Helper()
	c.spec.Env = append(append([]string{"PATH=/usr/bin:/bin", "TSBOOT_LOG_LEVEL=trace", "HOME=/root"}, c.store.env...), env...)
	return c.run(append([]string{"/tsboot"}, args...)...)
}

// run starts a program inside, as the container's spec says.
func (c *container) run(argv ...string) *process {
	c.t.Helper()
	c.spec.Argv = argv
	c.spec.Strays = filepath.Join(c.t.TempDir(), "strays")
	encoded, err := json.Marshal(c.spec)
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{containerVariable + "=" + string(encoded), "GORACE=atexit_sleep_ms=0"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if !c.spec.HostPIDs {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWPID
	}
	if c.stdout != nil {
		cmd.Stdout = c.stdout
	}
	if c.stderr != nil {
		cmd.Stderr = c.stderr
	}
	p := start(c.t, cmd)
	c.leaks.watch(p)
	return p
}

// tsbootPID is tsboot's pid as the test sees it: the container's first process, or that one's child.
func (c *container) tsbootPID(p *process) int {
	c.t.Helper()
	if c.spec.PID1 {
		return p.cmd.Process.Pid
	}
	pid := 0
	wait.For(c.t, aLongTime, "tsboot runs in its container", func() bool {
		for _, child := range childrenOf(p.cmd.Process.Pid) {
			if argv := cmdline(child); len(argv) > 0 && strings.HasSuffix(argv[0], "tsboot") {
				pid = child
			}
		}
		return pid != 0 || !p.running()
	})
	return pid
}

// stop sends SIGTERM to tsboot and returns its exit code.
func (c *container) stop(p *process) int {
	c.t.Helper()
	c.sendTo(p, syscall.SIGTERM)
	return p.exitCode(aLongTime)
}

func (c *container) sendTo(p *process, s syscall.Signal) {
	c.t.Helper()
	if err := syscall.Kill(c.tsbootPID(p), s); err != nil {
		c.t.Fatalf("send %v: %v\n%s", s, err, p.stderr())
	}
}

// wantNoStrays fails the test when something outlived tsboot (only told where it is not PID 1: there the kernel sees to it).
func (c *container) wantNoStrays() {
	c.t.Helper()
	if c.spec.PID1 {
		return
	}
	if strays := readFile(c.t, c.spec.Strays); strays != "" {
		c.t.Errorf("left behind when tsboot had ended: %s", strays)
	}
}

// childrenOf lists the children of a process, whichever of its threads forked them.
func childrenOf(pid int) []int {
	var list []int
	files, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(data)) {
			if child, err := strconv.Atoi(field); err == nil {
				list = append(list, child)
			}
		}
	}
	return list
}

// cmdline is a process's arguments, nil when it is gone.
func cmdline(pid int) []string {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil || len(data) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
}
