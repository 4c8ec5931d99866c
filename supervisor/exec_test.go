//go:build linux

package supervisor

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// execCase is a command that cannot be executed, and what must be said of it.
type execCase struct {
	file string // what argv[0] holds
	mode os.FileMode
	argv string // "" for the file's full path
	code int
	says string
}

func execCases() map[string]execCase {
	elfOther := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00" + otherMachine() + "\x01\x00\x00\x00" +
		strings.Repeat("\x00", 24) + "\x00\x00\x00\x00" + "\x40\x00\x38\x00\x00\x00\x40\x00\x00\x00\x00\x00"
	return map[string]execCase{
		"missing":              {argv: "/nonexistent/agent", code: 127, says: "no such file"},
		"missing in PATH":      {argv: "no-such-program", code: 127, says: "not found in PATH"},
		"empty name":           {argv: "empty", code: 127, says: "empty"},
		"directory":            {argv: "/", code: 126, says: "directory"},
		"device":               {argv: "/dev/null", code: 126, says: "not a regular file"},
		"below a file":         {argv: "/etc/passwd/agent", code: 127, says: "no such file"},
		"not executable":       {file: "#!/bin/sh\n", mode: 0o644, code: 126, says: "chmod"},
		"no interpreter line":  {file: "exit 0\n", mode: 0o755, code: 126, says: "without `#!`"},
		"byte order mark":      {file: "\xef\xbb\xbf#!/bin/sh\n", mode: 0o755, code: 126, says: "byte order mark"},
		"interpreter missing":  {file: "#!/nonexistent/python\n", mode: 0o755, code: 127, says: `interpreter "/nonexistent/python"`},
		"Windows line ends":    {file: "#!/bin/sh\r\nexit 0\r\n", mode: 0o755, code: 127, says: `interpreter "/bin/sh\r"`},
		"empty file":           {file: "", mode: 0o755, code: 126, says: "empty"},
		"wrong architecture":   {file: elfOther, mode: 0o755, code: 126, says: "built for"},
		"damaged program":      {file: "\x7fELF\x02\x01", mode: 0o755, code: 126, says: "damaged"},
		"binary of other kind": {file: "MZ\x00\x01\x02", mode: 0o755, code: 126, says: "no program"},
	}
}

func otherMachine() string {
	if runtime.GOARCH == "arm64" {
		return "\x3e\x00"
	}
	return "\xb7\x00"
}

func TestCommandsThatCannotBeExecuted(t *testing.T) {
	t.Parallel()
	f := NewForker()
	t.Cleanup(f.Stop)
	for name, test := range execCases() {
		t.Run(name, func(t *testing.T) {
			argv0 := test.argv
			switch {
			case argv0 == "empty":
				argv0 = ""
			case argv0 == "":
				argv0 = filepath.Join(t.TempDir(), "agent")
				if err := os.WriteFile(argv0, []byte(test.file), test.mode); err != nil {
					t.Fatal(err)
				}
			}
			cmd := Command{Argv: []string{argv0}, Env: []string{"PATH=/bin:/usr/bin"}, Dir: "/"}
			_, foreseen := Examine(cmd)
			checkExecError(t, foreseen, test.code, test.says)
			_, err := f.Spawn(Spec{Command: cmd, Files: [3]uintptr{0, 1, 2}, TTY: -1})
			checkExecError(t, err, test.code, test.says)
		})
	}
}

func checkExecError(t *testing.T, err error, code int, says string) {
	t.Helper()
	var exec *ExecError
	if !errors.As(err, &exec) {
		t.Fatalf("got %v, want an ExecError", err)
	}
	if exec.Code != code || !strings.Contains(err.Error(), says) {
		t.Errorf("code %d, %q; want %d and %q", exec.Code, err, code, says)
	}
}

func TestSpawnErrorsOfDirAndUser(t *testing.T) {
	t.Parallel()
	f := NewForker()
	t.Cleanup(f.Stop)
	request := func(cmd Command) Spec { return Spec{Command: cmd, Files: [3]uintptr{0, 1, 2}, TTY: -1} }
	_, err := f.Spawn(request(Command{Argv: []string{"true"}, Dir: "/nonexistent"}))
	checkExecError(t, err, 126, "working directory does not exist")
	_, err = f.Spawn(request(Command{Argv: []string{"true"}, Dir: "/etc/passwd"}))
	checkExecError(t, err, 126, "not a directory")
	_, err = f.Spawn(request(Command{Dir: "/"}))
	checkExecError(t, err, 127, "empty")
	_, err = f.Spawn(request(Command{Argv: []string{"/bin/true", strings.Repeat("x", 1<<18)}, Dir: "/"}))
	checkExecError(t, err, 126, "argument 1 with 262144 bytes")
	_, err = f.Spawn(request(Command{Argv: []string{"/bin/true", "a\x00b"}, Dir: "/"}))
	checkExecError(t, err, 126, "NUL")
}

func TestLookPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, file := range []struct {
		name string
		mode os.FileMode
	}{{"a/tool", 0o644}, {"b/tool", 0o755}, {"here", 0o755}} {
		path := filepath.Join(dir, file.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), file.mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		argv0 string
		env   []string
		want  string
	}{
		"full path":             {dir + "/b/tool", nil, dir + "/b/tool"},
		"relative path":         {"./here", nil, "./here"},
		"PATH":                  {"tool", []string{"PATH=/nonexistent:" + dir + "/b"}, dir + "/b/tool"},
		"skips what it may not": {"tool", []string{"PATH=" + dir + "/a:" + dir + "/b"}, dir + "/b/tool"},
		"the last PATH wins":    {"tool", []string{"PATH=/nonexistent", "PATH=" + dir + "/b"}, dir + "/b/tool"},
		"relative entry":        {"tool", []string{"PATH=b"}, dir + "/b/tool"},
		"empty entry":           {"here", []string{"PATH=:/bin"}, dir + "/here"},
		"our own PATH":          {"env", nil, envPath(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := lookPath(test.argv0, test.env, dir); err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
	_, err := lookPath("tool", []string{"PATH=" + dir + "/a"}, dir)
	checkExecError(t, err, 126, dir+"/a/tool")
}

func envPath(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("env")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

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
	}}, func(cmd *exec.Cmd) { cmd.Dir = lookupEnv(cmd.Env, "D", "") })
	if _, result := b.wait(); result.Kind != "exec" || result.Status.Code != 1 {
		t.Errorf("result %+v", result)
	}
}

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
			if got := strings.Fields(stdout.String()); test.code == 21 && (len(got) != 3 || atoiT(t, got[0]) != cmd.Process.Pid || got[1] != "b" || got[2] != "/usr") {
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
	usedHelpers.Store("replace", true)
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
		lock := filepath.Join(lookupEnv(cmd.Env, "D", ""), "lock")
		file := filepath.Join(lookupEnv(cmd.Env, "D", ""), "socket-file")
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
