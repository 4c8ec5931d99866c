//go:build linux

package supervisor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/supervisor/process"
)

// deadline bounds every wait of a test; it is only reached by a failure.
const deadline = 20 * time.Second

// timeToHear is the grace of what is deaf, where others have to hear a signal before it is over.
const timeToHear = 2 * time.Second

// bootConfig is what helperBoot gets, by a file: standard input is the agent's.
type bootConfig struct {
	Plan      Plan
	Options   Options
	Output    *Command  // run through Output before the plan
	Refreshes []Refresh // one at each refresh signal; how it ended goes to $D/refreshed
	Ask       int       // so many calls of CheckHealth when $D/ask is there; their answers go to $D/answers
	Watch     bool      // write each snapshot to $D/snapshots
}

// bootResult is what helperBoot answers.
type bootResult struct {
	Status   Status
	Error    string
	Kind     string // stop, setup, exec, gave-up, survivors, other; empty: no error
	Stdout   string
	Log      string // standard error of Output
	Snapshot Snapshot
}

const (
	bootConfigEnv = "TSBOOT_SUPERVISOR_CONFIG"
	bootIDEnv     = "TSBOOT_SUPERVISOR_ID"
)

// helperBoot is a small tsboot: a supervisor in a process of its own.
func helperBoot([]string) int {
	var cfg bootConfig
	dir := os.Getenv(bootConfigEnv)
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err == nil {
		err = json.Unmarshal(data, &cfg)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 70
	}
	logFile, err := os.OpenFile(filepath.Join(dir, "log.json"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 70
	}
	cfg.Options.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: logFile, JSONFormat: true})
	cfg.Options.MainThread = mainThread
	cfg.Options.SetupDone = func() { _ = appendLine(filepath.Join(dir, "setup-done"), "done") }
	cfg.Options.FirstRun = func() { cfg.Options.Logger.Info("first run") }
	s, err := New(cfg.Options)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 70
	}
	execute, interrupt := s.Actor()
	ended := make(chan error, 1)
	go func() { ended <- execute() }()
	go refreshFor(s, cfg.Refreshes, dir)
	go askFor(s, cfg.Ask, dir)
	if cfg.Watch {
		go watchFor(s, dir)
	}
	result := superviseFor(s, cfg)
	interrupt(nil)
	<-ended
	answering.Wait()
	return writeResult(dir, result)
}

func superviseFor(s *Supervisor, cfg bootConfig) bootResult {
	var result bootResult
	var err error
	if cfg.Output != nil {
		var out HelperResult
		var log bytes.Buffer
		out, err = s.Output(s.Context(), *cfg.Output, HelperIO{Log: &log})
		result.Stdout, result.Log, result.Status = string(out.Stdout), log.String(), out.Status
	}
	if err == nil && len(cfg.Plan.Agent.Argv) > 0 {
		result.Status, err = s.Supervise(context.Background(), &cfg.Plan)
	}
	result.Snapshot = s.Snapshot()
	if err != nil {
		result.Error, result.Kind = err.Error(), errorKind(err)
	}
	return result
}

func errorKind(err error) string {
	var stop *StopError
	var setup *SetupError
	var execErr *ExecError
	var gaveUp *GaveUpError
	var survivors *SurvivorsError
	switch {
	case errors.As(err, &survivors):
		return "survivors"
	case errors.As(err, &stop):
		return "stop"
	case errors.As(err, &setup):
		return "setup"
	case errors.As(err, &execErr):
		return "exec"
	case errors.As(err, &gaveUp):
		return "gave-up"
	}
	return "other"
}

func writeResult(dir string, result bootResult) int {
	data, err := json.Marshal(result)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "result.json"), data, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 70
	}
	return result.Status.ExitCode()
}

// boot is a running helperBoot.
type boot struct {
	t      *testing.T
	dir    string
	id     string
	env    []string // of what the supervisor starts
	cmd    *exec.Cmd
	stdout lockedBuffer
	stderr lockedBuffer
	waited chan struct{}
	code   int
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// sh makes a command of a shell script; $D is the test's directory.
func sh(script string) Command {
	return Command{Argv: []string{"sh", "-c", script}}
}

// startBoot starts a supervisor for the plan. change may alter the process
// before it starts.
func startBoot(t *testing.T, cfg bootConfig, change ...func(*exec.Cmd)) *boot {
	t.Helper()
	b := newBoot(t, "boot")
	giveEnv(&cfg, b.env)
	if f := cfg.Plan.Agent.Follow; f != nil {
		own := *f
		own.PIDFile, own.Others = strings.ReplaceAll(f.PIDFile, "$D", b.dir), slices.Clone(f.Others)
		for i, file := range own.Others {
			own.Others[i] = strings.ReplaceAll(file, "$D", b.dir)
		}
		cfg.Plan.Agent.Follow = &own
	}
	data, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "config.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	b.cmd.Env = append(b.cmd.Env, bootConfigEnv+"="+b.dir)
	for _, f := range change {
		f(b.cmd)
	}
	b.start()
	return b
}

// startHelper starts another helper the same way.
func startHelper(t *testing.T, name string, args ...string) *boot {
	t.Helper()
	b := newBoot(t, name, args...)
	b.start()
	return b
}

func newBoot(t *testing.T, helper string, args ...string) *boot {
	t.Helper()
	b := &boot{t: t, dir: t.TempDir(), waited: make(chan struct{})}
	b.id = fmt.Sprintf("%s-%d-%d", t.Name(), os.Getpid(), time.Now().UnixNano())
	b.env = []string{"PATH=" + os.Getenv("PATH"), "D=" + b.dir, "SELF=" + self(t), "GORACE=atexit_sleep_ms=0", bootIDEnv + "=" + b.id}
	b.cmd = helperCommand(t, helper, args...)
	b.cmd.Env = append(b.cmd.Env, b.env...)
	b.cmd.Stdout, b.cmd.Stderr = &b.stdout, &b.stderr
	b.cmd.WaitDelay = time.Second
	return b
}

func (b *boot) start() {
	b.t.Helper()
	if err := b.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(b.cleanUp)
	go func() {
		defer close(b.waited)
		_ = b.cmd.Wait()
		b.code = b.cmd.ProcessState.ExitCode()
	}()
}

// giveEnv fills in the environment of commands that have none.
func giveEnv(cfg *bootConfig, env []string) {
	commands := []*Command{&cfg.Plan.Agent.Command, cfg.Plan.Agent.Stop, cfg.Output}
	if cfg.Plan.Health != nil {
		commands = append(commands, &cfg.Plan.Health.Command)
	}
	steps := [][]Step{cfg.Plan.Setup, cfg.Plan.BeforeStart}
	for _, r := range cfg.Refreshes {
		if r.Plan == nil {
			continue
		}
		commands = append(commands, &r.Plan.Agent.Command, r.Plan.Agent.Stop)
		if r.Plan.Health != nil {
			commands = append(commands, &r.Plan.Health.Command)
		}
		steps = append(steps, r.Plan.Setup, r.Plan.BeforeStart)
	}
	for _, list := range steps {
		for i := range list {
			commands = append(commands, &list[i].Command)
		}
	}
	for _, c := range commands {
		if c != nil && c.Env == nil {
			c.Env = env
		}
	}
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func helperCommand(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	usedHelpers.Store(name, true)
	cmd := exec.Command(self(t), args...)
	cmd.Env = []string{helperEnv + "=" + name, "GORACE=exitcode=66 halt_on_error=1 atexit_sleep_ms=0"}
	return cmd
}

// cleanUp leaves nothing behind, whatever the test did.
func (b *boot) cleanUp() {
	_ = b.cmd.Process.Kill()
	<-b.waited
	for _, pid := range process.ListNumbers("/proc") {
		environ := process.ReadProc(fmt.Sprintf("/proc/%d/environ", pid))
		if bytes.Contains(environ, []byte(bootIDEnv+"="+b.id+"\x00")) {
			b.t.Errorf("process %d outlived the test: %q", pid, process.ReadProc(fmt.Sprintf("/proc/%d/cmdline", pid)))
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
	if strings.Contains(b.log(), "unexpected change of phase") {
		b.t.Error("a change of phase that docs/design.md does not have")
	}
	if b.t.Failed() {
		b.t.Logf("exit code %d\nlog:\n%sstderr:\n%s", b.code, b.log(), b.stderr.String())
	}
}

func (b *boot) log() string {
	data, _ := os.ReadFile(filepath.Join(b.dir, "log.json"))
	return string(data)
}

// lines returns the log lines with the message.
func (b *boot) lines(msg string) []map[string]any {
	b.t.Helper()
	var found []map[string]any
	for line := range strings.Lines(b.log()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			b.t.Fatalf("log line %q: %v", line, err)
		}
		if m["@message"] == msg {
			found = append(found, m)
		}
	}
	return found
}

func (b *boot) path(name string) string { return filepath.Join(b.dir, name) }

// waitFor waits for a file to hold something and returns it.
func (b *boot) waitFor(name string) string {
	b.t.Helper()
	var content string
	b.until("file "+name, func() bool {
		data, err := os.ReadFile(b.path(name))
		content = string(data)
		return err == nil && len(data) > 0
	})
	return strings.TrimSpace(content)
}

// waitCount waits for a file to hold n lines.
func (b *boot) waitCount(name string, n int) []string {
	b.t.Helper()
	var lines []string
	b.until(fmt.Sprintf("%d lines in %s", n, name), func() bool {
		data, _ := os.ReadFile(b.path(name))
		lines = strings.Fields(string(data))
		return len(lines) >= n
	})
	return lines
}

// until waits for a condition; it fails the test when the supervisor ends first.
func (b *boot) until(what string, ok func() bool) {
	b.t.Helper()
	wait.For(b.t, deadline, what, func() bool {
		ended := false
		select {
		case <-b.waited:
			ended = true
		default:
		}
		holds := ok() // looked at after the end, too
		if ended && !holds {
			b.t.Fatalf("the supervisor ended before: %s", what)
		}
		return holds
	})
}

func (b *boot) signal(sig Signal) {
	b.t.Helper()
	if err := b.cmd.Process.Signal(syscall.Signal(sig)); err != nil {
		b.t.Fatalf("send %s: %v", sig, err)
	}
}

// wait waits for the end and returns the exit code and the answer.
func (b *boot) wait() (int, bootResult) {
	b.t.Helper()
	select {
	case <-b.waited:
	case <-time.After(deadline):
		b.t.Fatal("the supervisor does not end")
	}
	var result bootResult
	data, err := os.ReadFile(b.path("result.json"))
	if err == nil {
		err = json.Unmarshal(data, &result)
	}
	if err != nil {
		b.t.Fatalf("read the result: %v", err)
	}
	return b.code, result
}

// alive reports whether a process is there and no zombie.
func alive(pid int) bool {
	st, ok := process.ReadStat(pid)
	return ok && !st.Zombie()
}
