//go:build linux

package process

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReplace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"becomes the command": {[]string{"sh", "-c", "echo $$ $A; pwd; exit 21"}, 21, ""},
		"missing":             {[]string{"/nonexistent/agent"}, 127, "no such file"},
		"denied":              {[]string{"/etc/passwd"}, 126, "chmod"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := helperCommand(t, "replace", test.args...)
			var stdout, stderr lockedBuffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(stderr.String(), test.says) {
				t.Errorf("code %d, stderr %q", code, stderr.String())
			}
			if got := strings.Fields(stdout.String()); test.code == 21 && (len(got) != 3 || got[0] != strconv.Itoa(cmd.Process.Pid) || got[1] != "b" || got[2] != "/usr") {
				t.Errorf("stdout %q, pid %d", stdout.String(), cmd.Process.Pid)
			}
		})
	}
}

// helperDeaf ignores and blocks every signal, and becomes "replace".
func helperDeaf(args []string) int {
	runtime.LockOSThread()
	ignore := sigaction{handler: handlerIgnore}
	all := unix.Sigset_t{Val: [16]uint64{^uint64(0)}}
	for sig := unix.Signal(1); sig <= unix.Signal(MaxSignal); sig++ {
		_ = rtSigaction(sig, &ignore, nil)
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil); err != nil {
		return 1
	}
	_ = unix.Exec("/proc/self/exe", append([]string{"replace"}, args...), append(os.Environ(), helperEnv+"=replace"))
	return 1
}

func TestReplaceHandsOnNoIgnoredAndNoBlockedSignal(t *testing.T) {
	t.Parallel()
	cmd := helperCommand(t, "deaf", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) != 2 || strings.Trim(fields[1], "0") != "" {
			t.Errorf("handed on: %s", line)
		}
	}
}

func helperReplace(args []string) int {
	err := Replace(Command{Argv: args, Env: []string{"PATH=/bin", "A=b"}, Dir: "/usr"})
	var exec *ExecError
	errors.As(err, &exec)
	_, _ = os.Stderr.WriteString(err.Error() + "\n")
	return exec.Code
}
