//go:build linux

package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// aLongTime bounds every wait of a test for something that takes milliseconds on an idle machine.
const aLongTime = 20 * time.Second

// process is a program that runs beside the test, with its output in files: nothing ever waits for a pipe.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err string // files
	ended    chan struct{}
	endedAt  time.Time
}

// start runs the command; standard output and error go to files unless the command has its own. It is killed when the
// test ends.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{t: t, cmd: cmd, out: filepath.Join(dir, "stdout"), err: filepath.Join(dir, "stderr"), ended: make(chan struct{})}
	if cmd.Stdout == nil {
		out := createFile(t, p.out)
		defer out.Close()
		cmd.Stdout = out
	}
	if cmd.Stderr == nil {
		out := createFile(t, p.err)
		defer out.Close()
		cmd.Stderr = out
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %q: %v", cmd.Args, err)
	}
	go func() {
		_ = cmd.Wait() // the state says how it ended
		p.endedAt = time.Now()
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

func createFile(t *testing.T, name string) *os.File {
	t.Helper()
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("kill %q: %v", p.cmd.Args[0], err)
	}
	<-p.ended
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("send %v: %v", s, err)
	}
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// exitCode waits for the end: the code, or 128+n for a signal.
func (p *process) exitCode(within time.Duration) int {
	p.t.Helper()
	wait.For(p.t, within, "the end of the process\n"+p.stderr(), func() bool { return !p.running() })
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// wantExit ends the test unless the process ends with the code, and shows what it said.
func (p *process) wantExit(code int) {
	p.t.Helper()
	if got := p.exitCode(aLongTime); got != code {
		p.t.Fatalf("exit code %d, want %d\n%s", got, code, p.stderr())
	}
}

func (p *process) stdout() string { return p.content(p.out) }
func (p *process) stderr() string { return p.content(p.err) }

func (p *process) content(file string) string {
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return string(bytes.ToValidUTF8(data, []byte("?")))
}

// wantLog waits for a line of the log that holds all of the words.
func (p *process) wantLog(words ...string) {
	p.t.Helper()
	if !wait.Until(aLongTime, func() bool { return hasLine(p.stderr(), words...) || !p.running() && hasLine(p.stderr(), words...) }) {
		p.t.Fatalf("no log line with %q in\n%s", words, p.stderr())
	}
}

func hasLine(text string, words ...string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		all := true
		for _, word := range words {
			all = all && strings.Contains(line, word)
		}
		if all {
			return true
		}
	}
	return false
}
