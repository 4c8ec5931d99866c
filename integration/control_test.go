//go:build linux

package integration

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// controlled is a tsboot that runs, with a control socket in a directory of its own.
type controlled struct {
	*process
	dir string
}

// boots starts tsboot with a control socket and waits until the agent runs.
func boots(t *testing.T, args ...string) *controlled {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	c := &controlled{bootOn(t, memoryStore(t), nil, append([]string{"exec", "--run-dir", dir}, args...)...), dir}
	c.wantLog("agent started")
	return c
}

func (c *controlled) socket() string { return filepath.Join(c.dir, "tsboot.sock") }

func (c *controlled) status() control.Status {
	c.t.Helper()
	status, _, err := control.Client{Dir: c.dir}.Status(c.t.Context())
	if err != nil {
		c.t.Fatalf("%v\n%s", err, c.stderr())
	}
	return status
}

// cost is what a process takes at rest.
type cost struct{ anonymous, descriptors, threads int }

func costOf(t *testing.T, pid int) cost {
	t.Helper()
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	c := cost{descriptors: len(descriptors), threads: len(threads)}
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/smaps_rollup", pid))) {
		if fields := strings.Fields(line); fields[0] == "Anonymous:" {
			c.anonymous, err = strconv.Atoi(fields[1])
		}
	}
	if err != nil || c.anonymous == 0 {
		t.Fatalf("no anonymous memory of %d: %v", pid, err)
	}
	return c
}

// TestControlClientsDoNoHarm: after clients that send garbage, nothing, too much or a byte at a time, that leave half-way,
// and a thousand at once, the agent is the same, and tsboot holds no more than before.
func TestControlClientsDoNoHarm(t *testing.T) {
	t.Parallel()
	c := boots(t, "--restart", "always", "--", "sleep", "1000")
	before, agent := costOf(t, c.cmd.Process.Pid), *c.status().Agent.PID
	for name, attack := range map[string]func(conn net.Conn){
		"nothing":     func(net.Conn) {},
		"garbage":     func(conn net.Conn) { _, _ = conn.Write([]byte("\x16\x03\x01\x02\x00\x01\x00\xff\n\n\n")) },
		"a huge head": func(conn net.Conn) { _, _ = io.WriteString(conn, "GET /"+strings.Repeat("x", 8<<20)) },
		"half":        func(conn net.Conn) { _, _ = io.WriteString(conn, "GET /v1/status HTTP/1.1\r\nHost") },
		"half-open":   func(conn net.Conn) { _ = conn.(*net.UnixConn).CloseWrite() },
		"a huge body": func(conn net.Conn) {
			_, _ = io.WriteString(conn, "POST /v1/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"+strings.Repeat("x", 1<<20))
		},
		"many at once": func(conn net.Conn) {
			_, _ = io.WriteString(conn, strings.Repeat("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", 1000))
		},
	} {
		for range 5 {
			conn, err := net.Dial("unix", c.socket())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			attack(conn)
			conn.Close()
		}
	}
	silent := holdConnections(t, c.socket(), 16)
	var clients sync.WaitGroup
	for i := range 1000 {
		clients.Go(func() {
			if _, _, err := (control.Client{Dir: c.dir}).Status(t.Context()); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	clients.Wait()
	for _, conn := range silent { // dropped, or they would wait for ever
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("a silent client: %v", err)
		}
	}
	if status := c.status(); status.Phase != "running" || *status.Agent.PID != agent || status.Agent.Restarts != 0 {
		t.Errorf("the agent was %d; now %+v", agent, status)
	}
	var after cost
	if !wait.Until(aLongTime, func() bool {
		after = costOf(t, c.cmd.Process.Pid)
		return after.descriptors <= before.descriptors && after.threads <= before.threads && after.anonymous <= 6<<10
	}) {
		t.Errorf("before %+v, after %+v", before, after)
	}
	t.Logf("before %+v, after %+v", before, after)
	c.signal(syscall.SIGTERM)
	c.wantExit(128 + 15)
}

// holdConnections opens connections that say nothing.
func holdConnections(t *testing.T, socket string, n int) []net.Conn {
	t.Helper()
	var held []net.Conn
	for range n {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetReadDeadline(time.Now().Add(aLongTime))
		held = append(held, conn)
	}
	return held
}

// TestControlTwoInOneDirectory: the second is refused with the pid of the first, which keeps its socket; a third takes the
// place of one that was killed.
func TestControlTwoInOneDirectory(t *testing.T) {
	t.Parallel()
	first := boots(t, "--", "sleep", "1000")
	held := fmt.Sprintf("another tsboot holds it (pid %d)", first.cmd.Process.Pid)
	for range 3 {
		second := bootOn(t, memoryStore(t), nil, "exec", "--run-dir", first.dir, "--", "sleep", "1000")
		second.wantExit(73)
		if !hasLine(second.stderr(), "code=run-dir-held", held) {
			t.Errorf("no %q in\n%s", held, second.stderr())
		}
	}
	if err := os.Remove(first.socket()); err != nil { // somebody tidied up: the lock alone holds the directory
		t.Fatal(err)
	}
	second := bootOn(t, memoryStore(t), nil, "exec", "--run-dir", first.dir, "--", "sleep", "1000")
	second.wantExit(73)
	first.signal(syscall.SIGKILL)
	first.exitCode(aLongTime)

	for range 2 {
		next := &controlled{bootOn(t, memoryStore(t), nil, "exec", "--run-dir", first.dir, "--", "sleep", "1000"), first.dir}
		next.wantLog("agent started")
		next.status()
		next.signal(syscall.SIGKILL)
		next.exitCode(aLongTime)
	}
}

// TestControlManyAtOnce: of many that start at once in one directory one has it, and the others name a pid.
func TestControlManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	var all []*process
	for range 8 {
		all = append(all, bootOn(t, memoryStore(t), nil, "exec", "--run-dir", dir, "--", "sleep", "1000"))
	}
	running := func() (n int) {
		for _, p := range all {
			if p.running() {
				n++
			}
		}
		return n
	}
	wait.For(t, aLongTime, "all but one to end", func() bool { return running() == 1 })
	for _, p := range all {
		if p.running() {
			p.wantLog("agent started")
		} else if p.wantExit(73); !strings.Contains(p.stderr(), "(pid ") {
			t.Error(p.stderr())
		}
	}
	(&controlled{all[0], dir}).status()
}

// TestControlSocketIsNeverWide watches the socket appear again and again under umasks that would leave it open, or closed.
func TestControlSocketIsNeverWide(t *testing.T) {
	t.Parallel()
	for _, umask := range []string{"0", "022", "0777"} {
		t.Run(umask, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			socket := filepath.Join(dir, "tsboot.sock")
			ended := make(chan struct{})
			wide := make(chan os.FileMode, 1)
			seen := 0
			go func() {
				defer close(wide)
				for {
					if info, err := os.Lstat(socket); err == nil {
						seen++
						if info.Mode()&^0o600 != os.ModeSocket {
							wide <- info.Mode()
							return
						}
					}
					select {
					case <-ended:
						return
					default:
					}
				}
			}()
			for range 20 {
				p := start(t, exec.Command("/bin/sh", "-c", `umask `+umask+`; exec "$0" exec --run-dir "$1" -- "$0" status --run-dir "$1"`, tsbootBinary(t), dir))
				p.wantExit(0)
			}
			close(ended)
			for mode := range wide {
				t.Errorf("the socket was there as %v", mode)
			}
			if seen == 0 {
				t.Error("the socket was never seen")
			}
		})
	}
}

// TestControlAnotherUser: the file keeps other users out, and where it does not, tsboot does; root is one of them.
func TestControlAnotherUser(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	dir, tsboot := nobodysDir(t)
	open := filepath.Join(dir, "open")
	for _, c := range []struct {
		name           string
		server, client func(*exec.Cmd) *exec.Cmd
	}{
		{"nobody asks root", func(c *exec.Cmd) *exec.Cmd { return c }, asNobody},
		{"root asks nobody", asNobody, func(c *exec.Cmd) *exec.Cmd { return c }},
	} {
		run := filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-"))
		p := start(t, c.server(exec.Command(tsboot, "exec", "--run-dir", run, "--", "sleep", "1000")))
		p.wantLog("agent started")
		for _, file := range []string{run, filepath.Join(run, "tsboot.sock")} {
			if err := os.Chmod(file, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		for _, command := range []string{"status", "refresh", "health"} {
			asks := start(t, c.client(exec.Command(tsboot, command, "--run-dir", run)))
			if code := asks.exitCode(aLongTime); code == 0 || !strings.Contains(asks.stderr()+asks.stdout(), "answers only uid") {
				t.Errorf("%s: %s ended with %d: %s%s", c.name, command, code, asks.stdout(), asks.stderr())
			}
		}
		p.signal(syscall.SIGTERM)
		p.wantExit(128 + 15)
	}
	p := start(t, exec.Command(tsboot, "exec", "--run-dir", open, "--", "sleep", "1000"))
	p.wantLog("agent started")
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	asks := start(t, asNobody(exec.Command(tsboot, "status", "--run-dir", open)))
	if asks.wantExit(69); !strings.Contains(asks.stderr(), "permission denied: ask as the user that tsboot runs as") {
		t.Error(asks.stderr())
	}
	mine := filepath.Join(dir, "mine")
	if err := os.Mkdir(mine, 0o700); err != nil {
		t.Fatal(err)
	}
	closed := start(t, asNobody(exec.Command(tsboot, "exec", "--run-dir", filepath.Join(mine, "run"), "--", "sh", "-c", "exit 6")))
	if closed.wantExit(6); !hasLine(closed.stderr(), "[WARN]", "no control socket", "permission denied") {
		t.Error(closed.stderr())
	}
}

// TestControlAnotherUserIs403 on the wire, too.
func TestControlAnotherUserIs403(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	dir, tsboot := nobodysDir(t)
	run := filepath.Join(dir, "run")
	p := start(t, asNobody(exec.Command(tsboot, "exec", "--run-dir", run, "--", "sleep", "1000")))
	p.wantLog("agent started")
	conn, err := net.Dial("unix", filepath.Join(run, "tsboot.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n") // it may be refused before that
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("%+v, %v", response, err)
	}
}

// TestControlIsNotTheAgents: the agent has no descriptor of it.
func TestControlIsNotTheAgents(t *testing.T) {
	t.Parallel()
	c := boots(t, "--", "sleep", "1000")
	descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", *c.status().Agent.PID))
	if err != nil || len(descriptors) < 3 {
		t.Fatalf("%v, %v", descriptors, err)
	}
	for _, descriptor := range descriptors {
		if to, err := os.Readlink(descriptor); err != nil || strings.HasPrefix(to, c.dir) || strings.HasPrefix(to, "socket:") {
			t.Errorf("%s is %s, %v", descriptor, to, err)
		}
	}
}

// TestControlAnswersDuringAStop, to the end, and health says what goes on.
func TestControlAnswersDuringAStop(t *testing.T) {
	t.Parallel()
	c := boots(t, "--grace", "1h", "--", "sh", "-c", `trap : TERM; echo trapped >&2; while :; do sleep 0.05; done`)
	c.wantLog("trapped")
	c.signal(syscall.SIGTERM)
	wait.For(t, aLongTime, "the stop", func() bool { return c.status().Phase == "stopping" })
	health := control.Client{Dir: c.dir}.Health(t.Context(), false)
	if health.Healthy || !strings.Contains(health.Reason, "stopping") {
		t.Errorf("%+v", health)
	}
	if live := (control.Client{Dir: c.dir}).Health(t.Context(), true); !live.Healthy {
		t.Errorf("%+v", live)
	}
	c.signal(syscall.SIGINT)
	c.exitCode(aLongTime)
	if left, err := os.ReadDir(c.dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestControlStatusIsWhole: every key of the contract is there, whatever is known.
func TestControlStatusIsWhole(t *testing.T) {
	t.Parallel()
	c := boots(t, "--", "sleep", "1000")
	p := bootOn(t, memoryStore(t), nil, "status", "--json", "--run-dir", c.dir)
	p.wantExit(0)
	var got map[string]any
	if err := json.Unmarshal([]byte(p.stdout()), &got); err != nil {
		t.Fatalf("%v: %s", err, p.stdout())
	}
	for _, key := range []string{"phase", "since", "version", "profile", "agent", "parameters", "files", "refresh", "identity", "region", "ecs"} {
		if _, ok := got[key]; !ok {
			t.Errorf("no %s in %s", key, p.stdout())
		}
	}
	agent, refresh := got["agent"].(map[string]any), got["refresh"].(map[string]any)
	for _, key := range []string{"pid", "started_at", "restarts", "last_exit"} {
		if _, ok := agent[key]; !ok {
			t.Errorf("no agent.%s", key)
		}
	}
	for _, key := range []string{"last", "next", "last_error"} {
		if _, ok := refresh[key]; !ok {
			t.Errorf("no refresh.%s", key)
		}
	}
}
