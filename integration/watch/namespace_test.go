//go:build linux

package watch

import (
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/audit"
)

// TestPIDNamespace: in a pid namespace of its own tswatch only listens. With the host's /proc it sees all processes; with its own,
// where the pids are those of others, it says of no process where that is.
func TestPIDNamespace(t *testing.T) {
	for name, c := range map[string]struct {
		mount string
		blind bool
	}{
		"the host's /proc": {"", false},
		"its own /proc":    {"mount -t proc proc /proc && ", true},
	} {
		t.Run(name, func(t *testing.T) {
			borrow(t)
			connects := named(t, built(t, standin), "connects")
			audit.Ctl(t, "-a", "always,exit", "-F", "arch=b64", "-S", "connect,execve", "-F", "uid="+strconv.Itoa(testUID), "-k", "it")
			defer audit.Ctl(t, "-D")
			audit.Ctl(t, "-e", "1")
			defer audit.Ctl(t, "-e", "0")
			dir := t.TempDir()
			a := &agent{t: t, runDir: filepath.Join(dir, "run"), output: filepath.Join(dir, "events")}
			cmd := a.command("--docker", "off", "--audit-rules", "off")
			cmd.Args = append([]string{"sh", "-c", c.mount + `exec "$0" "$@"`}, cmd.Args...)
			cmd.Path = "/bin/sh"
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS}
			a.launch(cmd)
			a.awaitHealth()
			asUser(t, nil, connects, "5")
			if e := a.executed("5"); e.Container != nil || (e.Tswatch.Attribution.Reason == "pid-namespace") != c.blind {
				t.Errorf("the attribution is %+v, of %+v", e.Tswatch.Attribution, e.Container)
			}
			a.stop()
			if strings.Contains(a.stderr.String(), "processes are not seen") != c.blind {
				t.Errorf("it says %s", a.stderr.String())
			}
		})
	}
}
