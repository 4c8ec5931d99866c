//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/wait"
)

// recordFor is the time of a recording that no signal ends: a program has to start in it.
const recordFor = 4 * time.Second

// TestRecord: in both modes what the test user starts is recorded until SIGTERM or the end of the time, replay reads it, and
// nothing is left in the kernel.
func TestRecord(t *testing.T) {
	audit.Borrow(t)
	tswatch, err := exec.LookPath("tswatch") // made by testscript
	if err != nil {
		t.Fatal(err)
	}
	before := audit.State(t)
	for name, test := range map[string]struct {
		flags   []string
		signals bool
	}{
		"multicast until SIGTERM": {nil, true},
		"unicast for a time":      {[]string{"--audit-mode", "unicast", "--for", recordFor.String()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file, log := filepath.Join(dir, "recorded"), filepath.Join(dir, "log")
			stderr, err := os.Create(log)
			if err != nil {
				t.Fatal(err)
			}
			defer stderr.Close()
			recorder := exec.Command(tswatch, append([]string{"record", "--audit-uid", "54334", file}, test.flags...)...)
			recorder.Stderr = stderr
			began := time.Now()
			if err := recorder.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = recorder.Process.Kill() })
			wait.For(t, waitDeadline, "it records", func() bool {
				text, _ := os.ReadFile(log)
				return strings.Contains(string(text), "recording:")
			})
			echo := exec.Command("/bin/echo", "", "a b")
			echo.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: testUID, Gid: testUID}}
			echo.Dir = "/"
			if err := echo.Run(); err != nil {
				t.Fatal(err)
			}
			if test.signals {
				if err := recorder.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			err = recorder.Wait()
			if text, _ := os.ReadFile(log); err != nil || !strings.Contains(string(text), "recorded: datagrams=") {
				t.Errorf("%v: %s", err, text)
			}
			if took := time.Since(began); !test.signals && took < recordFor {
				t.Errorf("it ended after %s", took)
			}
			if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
				t.Errorf("%v %v", info, err)
			}
			out, err := exec.Command(tswatch, "replay", "--run-dir", "", file).Output()
			if err != nil || strings.Count(string(out), `"args":["/bin/echo","","a b"]`) != 1 {
				t.Errorf("%v: %s", err, out)
			}
			if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "No rules") {
				t.Errorf("left: %s", rules)
			}
			if after := audit.State(t); after["enabled"] != before["enabled"] || after["pid"] != "0" {
				t.Errorf("audit was %v, and is %v", before, after)
			}
		})
	}
}
