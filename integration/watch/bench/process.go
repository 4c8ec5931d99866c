//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
)

// patience bounds every wait for something that takes a moment; only a failure reaches it.
const patience = 30 * time.Second

// process is a program that runs, in a session of its own, with its output in files.
type process struct {
	cmd   *exec.Cmd
	log   string // its standard error
	ended chan struct{}
}

func start(cmd *exec.Cmd, output, log string) (*process, error) {
	out, err := os.OpenFile(output, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	says, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer says.Close()
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = out, says, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the state says how it ended
		close(p.ended)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// await waits until the condition holds. It says whether it does, and the process still runs.
func (p *process) await(ctx context.Context, condition func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return wait.Context(ctx, func() bool { return p.over() || condition() }) && !p.over()
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// stop ends the process by SIGTERM, and says when that had to be SIGKILL or the process had ended before.
func (p *process) stop() error {
	name := filepath.Base(p.cmd.Path)
	if p.over() {
		return fmt.Errorf("%s ended by itself: %v; its log ends with\n%s", name, p.cmd.ProcessState, tail(p.log))
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return nil
	case <-time.After(patience):
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	return fmt.Errorf("%s did not stop within %v", name, patience)
}

// tail is the end of a log.
func tail(log string) string {
	text, _ := os.ReadFile(log)
	return string(text[max(0, len(text)-2000):])
}

// spent is the processor time of all threads of a process, those that are gone, too: the process's own clock, which counts
// nanoseconds where /proc/PID/stat has hundredths of a second.
func spent(pid int) (time.Duration, error) {
	const schedule = 2 // CPUCLOCK_SCHED of linux/posix-timers_types.h
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|schedule, &now); err != nil {
		return 0, fmt.Errorf("read the processor time of pid %d: %w", pid, err)
	}
	return time.Duration(now.Nano()), nil
}

// peak is the most memory that a process had so far, in KiB: VmHWM.
func peak(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			return strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		}
	}
	return 0, errors.New("read the peak of memory: there is no VmHWM")
}

// pidOf is the process, or the thread of the kernel, that has the name.
func pidOf(name string) (int, error) {
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return 0, err
	}
	for _, path := range names {
		if text, _ := os.ReadFile(path); strings.TrimSpace(string(text)) == name {
			return strconv.Atoi(filepath.Base(filepath.Dir(path)))
		}
	}
	return 0, fmt.Errorf("find %s: no process has that name", name)
}
