//go:build linux

package integration

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// The built-in profiles whose agents Debian has are run for real: the agent's own programs in a container without an
// engine, its secret from a Parameter Store, and a client of the agent's own kind that says whether the secret works.

// agentPath is where the parameters of every agent's test are.
const agentPath = "/agent/prod"

// newAgent is a container with tsboot and the machine's programs, read-only, with copies of the files and directories
// named, as an image of the agent would have them. Nothing that happens inside reaches the machine's own files.
func newAgent(t *testing.T, s *store, copies ...string) *container {
	t.Helper()
	c := newContainer(t, s)
	c.spec.PID1 = false // so that the harness sees what outlives tsboot
	for _, dir := range []string{"usr", "bin", "sbin", "lib", "lib32", "lib64", "sys"} {
		c.mountSystem(dir)
	}
	for _, file := range append(copies, "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/ld.so.cache") {
		c.copyTree(file)
	}
	return c
}

// mountSystem puts a top directory of the machine into the container: a link where it is one, a read-only mount otherwise.
func (c *container) mountSystem(dir string) {
	c.t.Helper()
	link, err := os.Readlink("/" + dir)
	switch {
	case err == nil:
		err = os.Symlink(link, c.path(dir))
	case errors.Is(err, fs.ErrNotExist):
		return
	default: // not a link
		err = os.Mkdir(c.path(dir), 0o755)
		c.spec.Mounts = append(c.spec.Mounts, containerMount{Source: "/" + dir, Target: dir, ReadOnly: true})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// copyTree copies a file or a directory of the machine to its place in the container, owners and links too.
func (c *container) copyTree(file string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(c.path(file)), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", file, filepath.Dir(c.path(file))).CombinedOutput(); err != nil {
		c.t.Fatalf("copy %s: %v: %s", file, err, out)
	}
}

// bootAgent boots the profile on what is stored below agentPath.
func (c *container) bootAgent(profile string, args ...string) *process {
	c.t.Helper()
	own := []string{"--profile", profile, "--ssm-path", c.store.path(agentPath), "--run-dir", "/run/tsboot", "--refresh-probation", "1s"}
	return c.boot(nil, append(own, args...)...)
}

// agentPID is the pid of the child of tsboot that runs the program, 0 without one.
func (c *container) agentPID(p *process, program string) int {
	for _, pid := range childrenOf(c.tsbootPID(p)) {
		if exe, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe"); filepath.Base(exe) == program {
			return pid
		}
	}
	return 0
}

// killAgent kills the agent and waits for the next.
func (c *container) killAgent(p *process, program string) {
	c.t.Helper()
	first := c.agentPID(p, program)
	if first == 0 {
		c.t.Fatalf("no %s below tsboot\n%s\n%s", program, p.stderr(), p.stdout())
	}
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
	p.wantLog("restarting agent")
	wait.For(c.t, aLongTime, "another agent runs", func() bool {
		pid := c.agentPID(p, program)
		return pid != 0 && pid != first
	})
}

// stopAgent stops tsboot within the time and wants the agent's code from it, and nothing left.
func (c *container) stopAgent(p *process, within time.Duration, code int) {
	c.t.Helper()
	if got := c.stopWithin(p, within); got != code {
		c.t.Errorf("stopped with code %d, want %d\n%s", got, code, p.stderr())
	}
}

// stopWithin is stop, and wants that it takes no longer, and leaves nothing.
func (c *container) stopWithin(p *process, within time.Duration) (code int) {
	c.t.Helper()
	begin := time.Now()
	code = c.stop(p)
	if took := time.Since(begin); took > within {
		c.t.Errorf("the stop took %v, more than %v\n%s", took, within, p.stderr())
	}
	c.wantNoStrays()
	return code
}

// refresh asks the container's tsboot to refresh now, and wants it to end with the code.
func (c *container) refresh(p *process, code int) {
	c.t.Helper()
	cmd := exec.Command(tsbootBinary(c.t), "refresh", "--run-dir", c.path("/run/tsboot"))
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		c.t.Fatalf("refresh ended with %d, want %d: %s\n%s", got, code, out, p.stderr())
	}
}

// keyHolder is an agent whose secret a client tries: the life that every such agent's test makes it live.
type keyHolder struct {
	profile, program string
	args             []string
	first, next      string            // secrets: the second one replaces the first
	store            func(string)      // puts the secret into the store
	works            func(string) bool // whether the agent lets a client with this secret in
	code             int               // the agent's exit code when it is stopped
	grace            time.Duration
}

func (k *keyHolder) live(c *container) {
	c.t.Helper()
	k.store(k.first)
	p := c.bootAgent(k.profile, k.args...)
	k.wantOnly(c, p, k.first, k.next)
	c.killAgent(p, k.program)
	k.wantOnly(c, p, k.first, k.next)
	k.store(k.next)
	c.refresh(p, 0)
	k.wantOnly(c, p, k.next, k.first)
	c.stopAgent(p, k.grace, k.code)
}

// wantOnly waits until the agent lets one secret in, and wants that it does not let in the other.
func (k *keyHolder) wantOnly(c *container, p *process, right, wrong string) {
	c.t.Helper()
	if !wait.Until(aLongTime, func() bool { return k.works(right) || !p.running() }) || !p.running() {
		c.t.Fatalf("the right secret does not work\n%s\n%s", p.stderr(), p.stdout())
	}
	if k.works(wrong) {
		c.t.Errorf("a wrong secret works, too\n%s", p.stderr())
	}
}

// wantRefused fails unless tsboot ends with the code and its message has all the words.
func wantRefused(p *process, code int, words ...string) {
	p.t.Helper()
	if got := p.exitCode(time.Minute); got != code { // setup may try again
		p.t.Fatalf("exit code %d, want %d\n%s", got, code, p.stderr())
	}
	if missing := slices.DeleteFunc(words, func(word string) bool { return hasLine(p.stderr(), word) }); len(missing) > 0 {
		p.t.Errorf("the message does not have %q:\n%s", missing, p.stderr())
	}
}
