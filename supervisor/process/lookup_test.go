//go:build linux

package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/executable"
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
		"binary of other kind": {file: "MZ\x00\x01\x02", mode: 0o755, code: 126, says: "not a program"},
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
	for name, test := range execCases() {
		t.Run(name, func(t *testing.T) {
			argv0 := test.argv
			switch {
			case argv0 == "empty":
				argv0 = ""
			case argv0 == "":
				argv0 = filepath.Join(t.TempDir(), "agent")
				if err := executable.WriteFile(argv0, []byte(test.file), test.mode); err != nil {
					t.Fatal(err)
				}
			}
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			cmd := Command{Argv: []string{argv0}, Env: []string{"PATH=/bin:/usr/bin"}, Dir: "/"}
			_, foreseen := Examine(cmd)
			checkExecError(t, foreseen, test.code, test.says)
			_, err := Start(Spec{Command: cmd, Files: [3]uintptr{0, 1, 2}, TTY: -1})
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
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	request := func(cmd Command) Spec { return Spec{Command: cmd, Files: [3]uintptr{0, 1, 2}, TTY: -1} }
	_, err := Start(request(Command{Argv: []string{"true"}, Dir: t.TempDir() + "/gone"}))
	checkExecError(t, err, 126, "working directory does not exist")
	_, err = Start(request(Command{Argv: []string{"true"}, Dir: "/etc/passwd"}))
	checkExecError(t, err, 126, "not a directory")
	_, err = Start(request(Command{Dir: "/"}))
	checkExecError(t, err, 127, "empty")
	_, err = Start(request(Command{Argv: []string{"/bin/true", strings.Repeat("x", 1<<18)}, Dir: "/"}))
	checkExecError(t, err, 126, "argument 1 with 262144 bytes")
	_, err = Start(request(Command{Argv: []string{"/bin/true", "a\x00b"}, Dir: "/"}))
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
