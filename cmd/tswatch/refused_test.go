//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/audit"
)

// TestRefused: a right that is missing is exit code 71, and named with what gives it to a container; before that comes a run
// directory that cannot be had.
func TestRefused(t *testing.T) {
	audit.Borrow(t)
	path, err := exec.LookPath("tswatch") // made by testscript
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Open(path) // for a user who may not enter its directory
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	read, control := uintptr(unix.CAP_AUDIT_READ), uintptr(unix.CAP_AUDIT_CONTROL)
	for name, test := range map[string]struct {
		flags  string
		rights []uintptr
		code   int
		says   string
	}{
		"neither":                  {"--run-dir=", nil, exitKernel, "CAP_AUDIT_CONTROL is missing: give the container --cap-add AUDIT_CONTROL, or use --audit-rules off"},
		"neither, to listen":       {"--run-dir= --audit-rules off", nil, exitKernel, "CAP_AUDIT_READ is missing: give the container --cap-add AUDIT_READ"},
		"may not listen":           {"--run-dir=", []uintptr{control}, exitKernel, "CAP_AUDIT_READ is missing: give the container --cap-add AUDIT_READ"},
		"may only listen":          {"--run-dir=", []uintptr{read}, exitKernel, "CAP_AUDIT_CONTROL is missing: give the container --cap-add AUDIT_CONTROL, or use --audit-rules off"},
		"may not be the daemon":    {"--run-dir= --audit-rules off --audit-mode unicast", []uintptr{read}, exitKernel, "CAP_AUDIT_CONTROL is missing: give the container --cap-add AUDIT_CONTROL, or use --audit-mode multicast"},
		"nor the run directory":    {"--docker off", nil, exitOutput, "run tswatch as root, or give it a directory with --run-dir"},
		"a recording":              {"record /tmp/tswatch-of-a-test", nil, exitKernel, "CAP_AUDIT_CONTROL is missing"},
		"a recording that listens": {"record --audit-rules off /tmp/tswatch-of-a-test", nil, exitKernel, "CAP_AUDIT_READ is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("tswatch", strings.Fields(test.flags)...)
			cmd.Path, cmd.ExtraFiles, cmd.Env = "/proc/self/fd/3", []*os.File{program}, []string{"PATH=/bin"}
			cmd.Dir = "/"
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, AmbientCaps: test.rights}
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != test.code || !strings.Contains(string(out), test.says) {
				t.Errorf("%v: %s", err, out)
			}
			if _, err := os.Stat("/tmp/tswatch-of-a-test"); err == nil {
				t.Error("the recording was left")
			}
		})
	}
	if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "No rules") {
		t.Errorf("left: %s", rules)
	}
}
