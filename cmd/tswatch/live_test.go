//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/wait"
)

// testUID is the only user whose calls the kernel records for this test.
const testUID = 54334

// TestWatch: the agent adds its rules, writes what the test user starts, says nothing of itself, and takes all of it away.
func TestWatch(t *testing.T) {
	audit.Borrow(t)
	dir := t.TempDir()
	tswatch, err := exec.LookPath("tswatch") // made by testscript
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	agent := exec.Command(tswatch, "--audit-uid", "54334", "--run-dir", filepath.Join(dir, "run"), "--output", "file:"+filepath.Join(dir, "out"),
		"--docker", "off", "--containerd", "off")
	agent.Stderr = &log
	before := audit.State(t)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = agent.Process.Kill()
		_ = agent.Wait()
	})
	health := func() bool {
		return exec.Command(tswatch, "health", "--run-dir", filepath.Join(dir, "run")).Run() == nil
	}
	wait.For(t, waitDeadline, "a healthy tswatch", health)
	if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "-F key=tswatch") || !strings.Contains(rules, "uid=54334") {
		t.Errorf("the rules are %s", rules)
	}

	echo := exec.Command("/bin/echo", "", "a b")
	echo.Dir = "/"
	echo.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: testUID, Gid: testUID}}
	if err := echo.Run(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	wait.For(t, waitDeadline, "the event", func() bool {
		text, _ := os.ReadFile(out)
		return bytes.Contains(text, []byte(`"args":["/bin/echo","","a b"]`))
	})
	if err := agent.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := agent.Wait(); err != nil {
		t.Errorf("%v: %s", err, &log)
	}
	if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "No rules") {
		t.Errorf("left: %s", rules)
	}
	if after := audit.State(t); after["enabled"] != before["enabled"] || after["backlog_limit"] != before["backlog_limit"] {
		t.Errorf("audit was %v, and is %v", before, after)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var e struct{ Process struct{ PID int } }
		if err := json.Unmarshal(line, &e); err != nil || e.Process.PID == agent.Process.Pid || bytes.Contains(line, []byte("changed-audit-configuration")) {
			t.Errorf("%v: %s", err, line)
		}
	}
}

// TestStopWhileItStarts: a stop that comes before the line runs ends with 0, and leaves no rule.
func TestStopWhileItStarts(t *testing.T) {
	audit.Borrow(t)
	dir := t.TempDir()
	tswatch, err := exec.LookPath("tswatch")
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		var log bytes.Buffer
		agent := exec.Command(tswatch, "--audit-uid", "54334", "--run-dir", filepath.Join(dir, "run"), "--output", "file:"+filepath.Join(dir, "out"),
			"--docker", "off", "--containerd", "off")
		agent.Stderr = &log
		if err := agent.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- agent.Wait() }()
		wait.For(t, waitDeadline, "the run directory", func() bool { // it comes before the rules
			_, err := os.Stat(filepath.Join(dir, "run", "tswatch.lock"))
			return err == nil
		})
		for range 3 {
			_ = agent.Process.Signal(syscall.SIGHUP) // it may have ended
			_ = agent.Process.Signal(stop)
		}
		if err := <-ended; err != nil {
			t.Errorf("%v: %v: %s", stop, err, &log)
		}
		if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "No rules") {
			t.Errorf("%v: left: %s", stop, rules)
		}
	}
}
