//go:build linux

package watch

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// auditd is a running audit daemon of the distribution.
type auditd struct {
	cmd  *exec.Cmd
	says bytes.Buffer
	log  string
}

func startAuditd(t *testing.T) *auditd {
	t.Helper()
	require.Tools(t, "auditd")
	dir := t.TempDir()
	d := &auditd{log: filepath.Join(dir, "audit.log")}
	if err := os.Mkdir(filepath.Join(dir, "plugins.d"), 0o750); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("log_file = %s\nlog_format = RAW\nflush = NONE\nwrite_logs = yes\nlocal_events = yes\nplugin_dir = %s\nspace_left = 2\nspace_left_action = IGNORE\nadmin_space_left = 1\nadmin_space_left_action = IGNORE\n",
		d.log, filepath.Join(dir, "plugins.d"))
	if err := os.WriteFile(filepath.Join(dir, "auditd.conf"), []byte(config), 0o640); err != nil {
		t.Fatal(err)
	}
	d.cmd = exec.Command("auditd", "-n", "-s", "nochange", "-c", dir)
	d.cmd.Stdout, d.cmd.Stderr = &d.says, &d.says
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return d
}

// registered is whether the kernel has the daemon.
func (d *auditd) registered(t *testing.T) bool {
	return audit.State(t)["pid"] == strconv.Itoa(d.cmd.Process.Pid)
}

func (d *auditd) end(t *testing.T, with syscall.Signal) {
	t.Helper()
	if err := d.cmd.Process.Signal(with); err != nil {
		t.Error(err)
	}
	_ = d.cmd.Wait()
}

// TestBesideAuditd: the audit daemon starts, stops, is killed and starts again beside tswatch, and both get everything. Its place
// is never taken, and it does not take that of tswatch.
func TestBesideAuditd(t *testing.T) {
	borrow(t)
	connects := named(t, built(t, standin), "connects")
	a := start(t, "--docker", "off")
	n := 10
	step := func() {
		n++
		asUser(t, nil, connects, strconv.Itoa(n))
		a.executed(strconv.Itoa(n))
	}
	for _, with := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGTERM} {
		d := startAuditd(t)
		wait.For(t, aLongTime, "the kernel has auditd", func() bool { return d.registered(t) })
		step()
		mark := fmt.Sprintf(`a1="%d"`, n)
		wait.For(t, aLongTime, "auditd has it, too", func() bool { text, _ := os.ReadFile(d.log); return strings.Contains(string(text), mark) })
		if with == syscall.SIGKILL {
			unicast := a.command("--docker", "off", "--audit-mode", "unicast", "--run-dir", t.TempDir())
			out, _ := unicast.CombinedOutput()
			if unicast.ProcessState.ExitCode() != 71 || !strings.Contains(string(out), "auditd") || !d.registered(t) {
				t.Errorf("in its place tswatch ends with %d: %s", unicast.ProcessState.ExitCode(), out)
			}
		}
		d.end(t, with)
		step()
		if lost := a.status().Lost; lost != 0 {
			t.Errorf("after %v %d are lost", with, lost)
		}
	}
	a.stop()
	a.run("--docker", "off", "--audit-mode", "unicast")
	d := startAuditd(t)
	limit := time.AfterFunc(aLongTime, func() { _ = d.cmd.Process.Kill() })
	if err := d.cmd.Wait(); err == nil || !limit.Stop() {
		t.Errorf("auditd runs in the place of tswatch: %v: %s", err, d.says.String())
	}
	step()
	a.awaitHealth()
}
