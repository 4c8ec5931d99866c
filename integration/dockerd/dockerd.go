//go:build linux

// Package dockerd runs Docker engines for tests: each has a directory and a socket of its own, and no network.
package dockerd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

const (
	aLongTime = time.Minute      // bounds the wait for a start, which takes less than a second on a machine at rest
	grace     = 20 * time.Second // from the signal of an end to SIGKILL
)

// An Engine is a dockerd that can be started more than once on the same directory.
type Engine struct {
	dir     string
	environ []string
	flags   []string
	process *exec.Cmd
	ended   chan struct{}
}

// New is an engine below a directory. Its environment and flags are those of this process, and these.
func New(dir string, environ []string, flags ...string) *Engine {
	return &Engine{dir: dir, environ: environ, flags: flags}
}

// Host is how a client is led to the engine.
func (e *Engine) Host() string { return "unix://" + e.socket() }

// Containerd is the socket of the engine's own containerd.
func (e *Engine) Containerd() string { return e.path("exec/containerd/containerd.sock") }

// ContainerdPID is that containerd, as it is written in its file. There is no file where the machine has a containerd: the engine
// uses that.
func (e *Engine) ContainerdPID() (string, error) {
	pid, err := os.ReadFile(e.path("exec/containerd/containerd.pid"))
	return strings.TrimSpace(string(pid)), err
}

// PID is the engine's process.
func (e *Engine) PID() int { return e.process.Process.Pid }

func (e *Engine) path(name string) string { return filepath.Join(e.dir, name) }

func (e *Engine) socket() string { return e.path("docker.sock") }

// Start starts dockerd and waits until it answers.
func (e *Engine) Start() error {
	log, err := os.OpenFile(e.path("log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	e.process = exec.Command("dockerd", append([]string{"--data-root", e.path("data"), "--exec-root", e.path("exec"), "--pidfile", e.path("pid"),
		"--host", e.Host(), "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"}, e.flags...)...)
	e.process.Env = append(os.Environ(), e.environ...)
	e.process.Stdout, e.process.Stderr = log, log
	e.process.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	if err := e.process.Start(); err != nil {
		return err
	}
	e.ended = make(chan struct{})
	go func() {
		_ = e.process.Wait() // the log says how it ended
		close(e.ended)
	}()
	if !wait.Until(aLongTime, func() bool { return e.over() || e.answers() }) || e.over() {
		return errors.Join(fmt.Errorf("dockerd does not answer; its log ends with\n%s", e.Log()), e.Close())
	}
	return nil
}

func (e *Engine) over() bool {
	select {
	case <-e.ended:
		return true
	default:
		return false
	}
}

func (e *Engine) answers() bool {
	client := http.Client{Timeout: aLongTime, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", e.socket())
	}}}
	answer, err := client.Get("http://docker/_ping")
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// Log is the end of what dockerd has logged.
func (e *Engine) Log() string {
	text, _ := os.ReadFile(e.path("log"))
	return string(text[max(0, len(text)-2000):])
}

// End ends dockerd by the signal. Its containers live on where it has the flag --live-restore.
func (e *Engine) End(by syscall.Signal) error {
	if err := e.process.Process.Signal(by); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	killed := time.AfterFunc(grace, func() { _ = e.process.Process.Kill() })
	defer killed.Stop()
	<-e.ended
	// containerd ends with dockerd. A dockerd that is started before that waits for it in vain.
	if pid, err := e.ContainerdPID(); err == nil {
		wait.Until(grace, func() bool { _, err := os.Stat("/proc/" + pid); return err != nil })
	}
	return nil
}

// Close ends dockerd for good. What it has left mounted goes, so that its directory can be removed.
func (e *Engine) Close() error {
	err := e.End(syscall.SIGTERM)
	_ = syscall.Unmount(e.path("data"), syscall.MNT_DETACH) // with --live-restore it stays mounted
	return err
}
