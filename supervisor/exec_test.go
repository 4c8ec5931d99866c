//go:build linux

package supervisor

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAgentThatCannotBeExecuted(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: Command{Argv: []string{"/nonexistent/agent"}}, Restart: RestartAlways, Grace: time.Second,
	}}})
	if _, result := b.wait(); result.Kind != "exec" || !strings.Contains(result.Error, "/nonexistent/agent") {
		t.Errorf("result %+v", result)
	}
}

func TestAgentThatVanishesIsNotStartedForEver(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "install", Command: sh("cp /bin/sh $D/agent")}},
		Agent: Agent{Command: Command{Argv: []string{"./agent", "-c", "rm $D/agent; exit 1"}}, Restart: RestartAlways, Grace: time.Second},
	}}, func(cmd *exec.Cmd) { cmd.Dir = testDir(cmd) })
	if _, result := b.wait(); result.Kind != "exec" || result.Status.Code != 1 {
		t.Errorf("result %+v", result)
	}
}

func TestInheritedDescriptorsReachTheAgentAtEveryStartAndNobodyElse(t *testing.T) {
	t.Parallel()
	list := "ls -l /proc/self/fd | grep -c -e lock -e socket-file >> $D/"
	b := startBoot(t, bootConfig{Plan: Plan{
		Setup: []Step{{Name: "step", Command: sh(list + "step || true")}},
		Agent: Agent{
			Command: sh(list + "agent; read line <&7; echo $line >> $D/read; [ $(wc -l < $D/agent) -ge 2 ] && exit 0; exit 1"),
			Restart: RestartOnFailure, Grace: time.Second,
		},
	}}, func(cmd *exec.Cmd) {
		lock := filepath.Join(testDir(cmd), "lock")
		file := filepath.Join(testDir(cmd), "socket-file")
		for _, path := range []string{lock, file} {
			if err := os.WriteFile(path, []byte("first\nsecond\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd.Args = []string{"sh", "-c", `exec 5<"$1" 7<"$2" 3>&-; shift 2; exec "$@"`, "sh", lock, file, cmd.Path}
		cmd.Path = "/bin/sh"
	})
	if code, result := b.wait(); code != 0 || result.Error != "" {
		t.Errorf("code %d, result %+v", code, result)
	}
	if got := strings.Join(b.waitCount("agent", 2), " "); got != "2 2" {
		t.Errorf("the agent's descriptors: %s", got)
	}
	if got := b.waitFor("step"); got != "0" {
		t.Errorf("the step's descriptors: %s", got)
	}
	if got := strings.Join(b.waitCount("read", 2), " "); got != "first second" {
		t.Errorf("read from 7: %s", got)
	}
}

// A reader of a readiness pipe must see its end when the agent has closed it.
func TestInheritedDescriptorsAreClosedWhenNoOtherStartCanCome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		plan   Plan
		closed bool
	}{
		"no":             {Plan{Agent: Agent{Restart: RestartNo}}, true},
		"nothing said":   {Plan{}, true},
		"on-failure":     {Plan{Agent: Agent{Restart: RestartOnFailure}}, false},
		"always":         {Plan{Agent: Agent{Restart: RestartAlways}}, false},
		"refreshed":      {Plan{Refreshed: true}, false},
		"refresh signal": {Plan{Agent: Agent{RefreshSignal: Signal(unix.SIGHUP)}}, false},
		"health check":   {Plan{Health: &Health{Command: sh("true"), Interval: time.Hour}}, false},
		"health command": {Plan{Health: &Health{Command: sh("true")}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			test.plan.Agent.Command, test.plan.Agent.Grace = sh("exec 3>&-; echo up > $D/up; exec sleep 100"), time.Second
			b := startBoot(t, bootConfig{Plan: test.plan}, func(cmd *exec.Cmd) { cmd.ExtraFiles = []*os.File{write} })
			write.Close()
			b.waitFor("up")
			if test.closed {
				_ = read.SetReadDeadline(time.Now().Add(deadline))
				if n, err := read.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
					t.Errorf("read %d, %v; want the end", n, err)
				}
			} else if _, err := os.Stat("/proc/" + strconv.Itoa(b.cmd.Process.Pid) + "/fd/3"); err != nil {
				t.Errorf("a coming start has no descriptor: %v", err)
			}
			b.signal(sigTerm)
			b.wait()
		})
	}
}

func TestTheWorkingDirectoryIsLeft(t *testing.T) {
	t.Parallel()
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("pwd >> $D/dirs; [ $(wc -l < $D/dirs) -ge 2 ] && { echo up > $D/up; exec sleep 100; }; exit 1"),
		Restart: RestartOnFailure, Grace: time.Second,
	}}}, func(cmd *exec.Cmd) { cmd.Dir = "/usr" })
	b.waitFor("up")
	if got := strings.Join(b.waitCount("dirs", 2), " "); got != "/usr /usr" {
		t.Errorf("the agent's directories: %s", got)
	}
	if cwd, err := os.Readlink("/proc/" + strconv.Itoa(b.cmd.Process.Pid) + "/cwd"); err != nil || cwd != "/" {
		t.Errorf("the supervisor's directory: %q, %v", cwd, err)
	}
	b.signal(sigTerm)
	b.wait()
}
