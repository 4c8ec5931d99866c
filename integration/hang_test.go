//go:build linux

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// hanging is a preparation that hangs in something that hears no context. FIFO is a pipe without a writer, as a dead
// network file system is.
type hanging struct {
	args  string // the first word is the command
	env   []string
	names string // what the message at the deadline must name
}

var hangings = map[string]hanging{
	"boot, profile":             {args: "--profile FIFO", names: "FIFO"},
	"render, profile":           {args: "render --profile FIFO", names: "FIFO"},
	"check, profile":            {args: "check --profile FIFO", names: "FIFO"},
	"iam-policy, profile":       {args: "iam-policy --ssm-path /a --ssm-fetch names --profile FIFO", names: "FIFO"},
	"boot, credentials":         {args: "exec --ssm-path /a -- /bin/true", env: []string{"AWS_SHARED_CREDENTIALS_FILE=FIFO"}, names: "AWS_SHARED_CREDENTIALS_FILE=FIFO"},
	"exec --replace, config":    {args: "exec --replace --ssm-path /a -- /bin/true", env: []string{"AWS_CONFIG_FILE=FIFO"}, names: "AWS_CONFIG_FILE=FIFO"},
	"export, CA bundle":         {args: "export --ssm-path /a", env: []string{"AWS_CA_BUNDLE=FIFO"}, names: "AWS_CA_BUNDLE=FIFO"},
	"check, credentials":        {args: "check --ssm-path /a -- /bin/true", env: []string{"AWS_SHARED_CREDENTIALS_FILE=FIFO"}, names: "AWS_SHARED_CREDENTIALS_FILE=FIFO"},
	"iam-policy, credentials":   {args: "iam-policy --ssm-path /a", env: []string{"AWS_SHARED_CREDENTIALS_FILE=FIFO"}, names: "AWS_SHARED_CREDENTIALS_FILE=FIFO"},
	"use-existing, credentials": {args: "exec --on-fetch-failure use-existing --ssm-path /a -- /bin/true", env: []string{"AWS_SHARED_CREDENTIALS_FILE=FIFO"}, names: "AWS_SHARED_CREDENTIALS_FILE=FIFO"},
}

// start runs tsboot with it; flags go before the "--".
func (h hanging) start(t *testing.T, flags ...string) *process {
	t.Helper()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "FIFO")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	options, command, separated := strings.Cut(strings.ReplaceAll(h.args, "FIFO", fifo), " -- ")
	args := append(strings.Fields(options), flags...)
	if separated {
		args = append(args, "--", command)
	}
	cmd := exec.Command(tsbootBinary(t), args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		binary.NoSocket,
	}
	for _, entry := range h.env {
		cmd.Env = append(cmd.Env, strings.ReplaceAll(entry, "FIFO", fifo))
	}
	p := start(t, cmd)
	wait.Until(time.Second, func() bool { return opensPipe(p.cmd.Process.Pid) }) // not everybody may see it in /proc
	return p
}

// opensPipe looks whether a thread of the process or of its child sleeps in the open of a pipe that has no writer.
func opensPipe(pid int) bool {
	for _, pid := range append(childrenOf(pid), pid) {
		channels, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/wchan")
		for _, file := range channels {
			if name, err := os.ReadFile(file); err == nil && string(name) == "wait_for_partner" {
				return true
			}
		}
	}
	return false
}

// TestHangingPreparation: what hangs is given up at the deadline of the fetch and named, and a signal ends it at once
// where there is no deadline.
func TestHangingPreparation(t *testing.T) {
	t.Parallel()
	for name, h := range hangings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := h.start(t, "--fetch-timeout", "500ms")
			p.wantExit(69)
			if names := strings.ReplaceAll(h.names, "FIFO", ""); !hasLine(p.stderr(), "no result within 2.5s", names, "FIFO") {
				t.Errorf("the message does not name %s:\n%s", h.names, p.stderr())
			}
			for sig, code := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130} {
				p := h.start(t, "--fetch-timeout", "0")
				sent := time.Now()
				p.signal(sig)
				p.wantExit(code)
				if took := p.endedAt.Sub(sent); took > aLongTime/2 { // a tenth of a second on an idle machine; what hangs hangs for ever
					t.Errorf("%v took %v", sig, took)
				}
			}
		})
	}
}

// TestStoppedWorker: the process that stays keeps the deadline of a worker that cannot, and a stop ends it at once.
func TestStoppedWorker(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T, timeout string) *process {
		s := hangingStore(t)
		cmd := exec.Command(tsbootBinary(t), "exec", "--ssm-path", "/a", "--fetch-timeout", timeout, "--", "/bin/true")
		cmd.Env = append(os.Environ(), s.env...)
		p := start(t, cmd)
		wait.For(t, aLongTime, "the worker asks", func() bool { return len(s.memory.Calls()) > 0 })
		worker := childrenOf(p.cmd.Process.Pid)
		if len(worker) != 1 {
			t.Fatalf("children %v", worker)
		}
		if err := syscall.Kill(worker[0], syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		return p
	}
	t.Run("deadline", func(t *testing.T) {
		t.Parallel()
		p := begin(t, "3s")
		p.wantExit(69)
		if !hasLine(p.stderr(), "no result within 5s", "asking Parameter Store") {
			t.Error(p.stderr())
		}
	})
	t.Run("stop", func(t *testing.T) {
		t.Parallel()
		p := begin(t, "0")
		p.signal(syscall.SIGTERM)
		p.wantExit(143)
	})
}

// TestKilledWorker: a worker that somebody else ends is worth another start and no bug of tsboot.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(unix.SignalName(sig), func(t *testing.T) {
			t.Parallel()
			s := hangingStore(t)
			cmd := exec.Command(tsbootBinary(t), "exec", "--ssm-path", "/a", "--fetch-timeout", "0", "--", "/bin/true")
			cmd.Env = append(os.Environ(), s.env...)
			p := start(t, cmd)
			wait.For(t, aLongTime, "the worker asks", func() bool { return len(s.memory.Calls()) > 0 })
			if err := syscall.Kill(childrenOf(p.cmd.Process.Pid)[0], sig); err != nil {
				t.Fatal(err)
			}
			p.wantExit(69)
			if !hasLine(p.stderr(), "was killed by "+unix.SignalName(sig)) || strings.Contains(p.stderr(), "bug") {
				t.Error(p.stderr())
			}
		})
	}
}

// TestTerminalThatStopsOutput: `stty tostop` stops neither the worker, which is in a group of its own, nor tsboot as a job
// in the background, and no line of the log is lost.
func TestTerminalThatStopsOutput(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"foreground": `"$@"; echo code $?`,
		"background": `set -m; "$@" & wait $!; echo code $?`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terminal, err := testenv.NewTerminal()
			if err != nil {
				t.Fatal(err)
			}
			if err := terminal.StopOutput(); err != nil {
				t.Fatal(err)
			}
			s := memoryStore(t)
			s.memory.Put("/a/level", "info")
			cmd := exec.Command("/bin/sh", "-c", script, "sh", tsbootBinary(t), "exec", "--log-level", "info", "--ssm-path", "/a", "--", "/bin/sh", "-c", "exit 3")
			cmd.Env = append(os.Environ(), s.env...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal.Slave, terminal.Slave, terminal.Slave
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			start(t, cmd)
			for _, shown := range []string{"starting", "fetched parameters", "agent started", "agent exited", "exit_code=3", "code 3"} {
				if !terminal.Shows(shown, aLongTime) {
					t.Fatalf("%q is not there; the terminal shows %q", shown, terminal.Output())
				}
			}
		})
	}
}

// TestWithoutProc: the worker is found by the path that tsboot was started by, however that was named.
func TestWithoutProc(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "unshare")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "secrets", "level"), "info", 0o600)
	for _, name := range []string{tsbootBinary(t), "./" + filepath.Base(tsbootBinary(t)), filepath.Base(tsbootBinary(t))} {
		cmd := exec.Command("unshare", "--mount", "/bin/sh", "-c", `umount -l /proc && cd "$0" && exec "$@"`,
			filepath.Dir(tsbootBinary(t)), name, "exec", "--secrets-dir", filepath.Join(dir, "secrets"), "--", "/bin/sh", "-c", "echo level is $LEVEL")
		cmd.Env = []string{"PATH=" + filepath.Dir(tsbootBinary(t)) + ":" + os.Getenv("PATH"), binary.NoSocket}
		p := start(t, cmd)
		if code := p.exitCode(aLongTime); code != 0 || p.stdout() != "level is info\n" {
			t.Errorf("%s: exit code %d, prints %q, logs\n%s", name, code, p.stdout(), p.stderr())
		}
	}
}
