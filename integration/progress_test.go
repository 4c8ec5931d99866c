//go:build linux

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/terminal"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// slowStore answers after two seconds, at the first time.
func slowStore(t *testing.T) *store {
	t.Helper()
	s := memoryStore(t)
	s.secret("/app/prod/api-key", randomSecret())
	s.memory.Script(secretstest.Fault{Kind: secretstest.Slow, Times: 1, Delay: secretstest.Duration(2 * time.Second)})
	return s
}

// TestProgress: a person sees what a boot waits for, and then nothing of it: the log's lines and the agent's are whole.
func TestProgress(t *testing.T) {
	t.Parallel()
	s := slowStore(t)
	p := atTerminal(t, s, "ioe", nil, "exec", "--log-level", "info", "--ssm-path", s.path("/app/prod"), "--", "sh", "-c", "echo agent on the terminal")
	p.wantExit(0)
	p.wantLine(80, "tsboot: waiting ", "GetParametersByPath below "+s.path("/app/prod"))
	text := strings.Join(p.screen(), "\n")
	for _, want := range []string{"starting", "fetched parameters", "agent started"} {
		if !regexp.MustCompile(`(?m)^20\S+ \[INFO\]\s+tsboot: ` + want).MatchString(text) {
			t.Errorf("no line of the log that begins with %q:\n%s", want, text)
		}
	}
	if !slices.Contains(p.screen(), "agent on the terminal") {
		t.Errorf("the agent's line is not whole:\n%s", text)
	}
}

// TestProgressIsOnlyForTerminals: nothing of it is in a log that is not for a person, or for one who wants quiet.
func TestProgressIsOnlyForTerminals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files string
		env   []string
		args  []string
	}{
		"standard error is a file": {files: "io"},
		"a dumb terminal":          {files: "ioe", env: []string{"TERM=dumb"}},
		"JSON":                     {files: "ioe", args: []string{"--log-format", "json"}},
		"quiet":                    {files: "ioe", env: []string{"TSBOOT_LOG_LEVEL=error"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := slowStore(t)
			p := atTerminal(t, s, c.files, c.env, append(append([]string{"exec", "--ssm-path", s.path("/app/prod")}, c.args...), "--", "true")...)
			p.wantExit(0)
			if all := p.written() + p.stderr(); strings.Contains(all, "\x1b[K") || strings.Contains(all, "left)") {
				t.Errorf("%q", all)
			}
		})
	}
}

// TestProgressNeedsOnlyStandardError: the line is there where standard output is a file; NO_COLOR takes no line away.
func TestProgressNeedsOnlyStandardError(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"check": {"check"}, "export": {"export"}, "render": {"render", "--profile", "exec"}, "replace": {"exec", "--replace"}, "boot": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := slowStore(t)
			args := append(args, "--ssm-path", s.path("/app/prod"))
			if name == "boot" || name == "replace" || name == "check" {
				args = append(args, "--", "true")
			}
			p := atTerminal(t, s, "ie", []string{"NO_COLOR=1"}, args...)
			p.wantExit(0)
			p.wantLine(80, "GetParametersByPath")
			if regexp.MustCompile(`\x1b\[\d*m`).MatchString(p.written()) {
				t.Errorf("colours: %q", p.written())
			}
			if strings.Contains(p.stdout(), "\x1b") {
				t.Errorf("on the standard output: %q", p.stdout())
			}
		})
	}
}

// TestProgressOfTries: the line names the try and why the one before failed, and fits a window that gets narrow.
func TestProgressOfTries(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	s.memory.Script(secretstest.Fault{Kind: secretstest.Throttle, Times: secretstest.Forever})
	p := atTerminal(t, s, "ioe", nil, "exec", "--fetch-timeout", "1h", "--ssm-path", s.path("/app"), "--", "true")
	p.await("throttled")
	resize(t, p.master, 30)
	before := len(p.written())
	wait.For(t, aLongTime, "another line", func() bool { return strings.Count(p.written()[before:], "tsboot: ") > 1 })
	narrow := p.written()[before:]
	p.signal(syscall.SIGTERM)
	p.wantExit(128 + int(syscall.SIGTERM))
	p.wantLine(80, "tsboot: try ", "throttled")
	for _, match := range regexp.MustCompile(`\r(tsboot[^\r\n\x1b]+)\x1b\[K`).FindAllStringSubmatch(narrow, -1) {
		if len(match[1]) > 29 {
			t.Errorf("too wide for 30 columns: %q", match[1])
		}
	}
}

// TestProgressIsSuspended: the line is away while tsboot is stopped, and comes again.
func TestProgressIsSuspended(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"boot": {"exec"}, "check": {"check"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := memoryStore(t)
			s.memory.Script(secretstest.Fault{Kind: secretstest.Hang, Times: secretstest.Forever})
			args := append(args, "--fetch-timeout", "1h", "--ssm-path", s.path("/app"), "--", "true")
			p := atTerminal(t, s, "ioe", nil, args...)
			p.await("tsboot: waiting")
			p.signal(syscall.SIGTSTP)
			wait.For(t, aLongTime, "a stop", func() bool { return stateOf(t, p.cmd.Process.Pid) == "T" })
			wait.For(t, aLongTime, "a clear line", func() bool { return strings.HasSuffix(p.written(), "\r\x1b[K") })
			before := len(p.written())
			p.signal(syscall.SIGCONT)
			wait.For(t, aLongTime, "the line again", func() bool { return strings.Contains(p.written()[before:], "tsboot: waiting") })
			p.signal(syscall.SIGINT)
			p.wantExit(128 + int(syscall.SIGINT))
			p.wantLine(80)
		})
	}
}

// stateOf is the state of a process, as /proc has it.
func stateOf(t *testing.T, pid int) string {
	t.Helper()
	_, rest, _ := strings.Cut(readFile(t, "/proc/"+strconv.Itoa(pid)+"/stat"), ") ")
	return rest[:1]
}

// TestProgressOfSetup: a step is waited for, and what it prints stands in lines of its own.
func TestProgressOfSetup(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	profile := writeFile(t, filepath.Join(t.TempDir(), "steps.yaml"), `name: steps
setup:
  - {name: register, argv: [sh, -c, 'sleep 2; echo first; printf half; sleep 1; echo " and half"'], timeout: 30s}
run: {argv: [sh, -c, 'sleep 1; echo agent']}
`, 0o644)
	p := atTerminal(t, s, "ioe", nil, "--log-level", "warn", "--profile", profile)
	p.wantExit(0)
	p.wantLine(80, "setup step register", "waiting 1s (29s left)")
	if rows := p.screen(); len(rows) < 3 || !slices.Equal(rows[:3], []string{"first", "half and half", "agent"}) {
		t.Errorf("%q", rows)
	}
}

// TestProgressInTheBackground: another job has the terminal, so nothing is drawn, and tostop does not stop the boot.
func TestProgressInTheBackground(t *testing.T) {
	t.Parallel()
	s := slowStore(t)
	bash, err := exec.LookPath("bash")
	if err != nil {
		require.Missing(t, "bash", err) // the shell with job control
	}
	master, slave, err := terminal.Open()
	if err != nil {
		require.Missing(t, "pty", err)
	}
	dir := t.TempDir()
	cmd := exec.Command(bash, "-c", `set -m; stty tostop; "$@" & wait $!; echo $? >"$0"`, filepath.Join(dir, "ended"),
		tsbootBinary(t), "exec", "--ssm-path", s.path("/app/prod"), "--", "true")
	cmd.Env = slices.Concat([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm"}, s.env)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	written := readAll(t, master, slave)
	start(t, cmd).wantExit(0)
	if code := strings.TrimSpace(readFile(t, filepath.Join(dir, "ended"))); code != "0" || strings.Contains(written(), "\x1b") {
		t.Errorf("code %s, on the terminal %q", code, written())
	}
}

// TestProgressOfARefresh: a person who asks for a refresh sees that it is waited for, and Ctrl-C ends the wait.
func TestProgressOfARefresh(t *testing.T) {
	t.Parallel()
	s := memoryStore(t)
	s.plain("/app/level", "info")
	dir := "TSBOOT_RUN_DIR=" + t.TempDir()
	b := bootOn(t, s, []string{dir}, "exec", "--ssm-path", s.path("/app"), "--", "sleep", "1000")
	wait.For(t, aLongTime, "the agent", func() bool { return hasLine(b.stderr(), "agent started") })
	s.memory.Script(secretstest.Fault{Kind: secretstest.Hang, Times: secretstest.Forever})
	p := atTerminal(t, s, "ioe", []string{dir}, "refresh", "--timeout", "1h")
	p.await("left): the running tsboot refreshes")
	p.signal(syscall.SIGINT)
	p.wantExit(128 + int(syscall.SIGINT))
	p.wantLine(80)
	b.signal(syscall.SIGTERM)
	b.wantExit(128 + int(syscall.SIGTERM))
}
