package agent

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// foreground is the agent at work: it starts a collector of its own, says that it is connected and waits for SIGTERM.
func (a *agent) foreground(greeting string) (int, error) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals)
	collector, err := a.spawn("tsauditd")
	if err != nil {
		return 1, err
	}
	defer collector.Wait()
	defer collector.Process.Signal(syscall.SIGTERM)
	fmt.Println(greeting)
	if err := a.record("ready"); err != nil {
		return 1, err
	}
	var end <-chan time.Time
	if m := a.knobs.Run; m.After > 0 && (m.FirstTimes == 0 || a.times(a.args[0]) <= m.FirstTimes) {
		end = time.After(m.After)
	}
	for {
		select {
		case <-end:
			return a.knobs.Run.Exit, nil
		case s := <-signals:
			if s == syscall.SIGCHLD || s == syscall.SIGURG {
				continue
			}
			if err := a.recordSignal("signal", s.String()); err != nil {
				return 1, err
			}
			if s == syscall.SIGTERM && !a.knobs.Run.IgnoreTerm {
				fmt.Printf("%s: stopped\n", a.name)
				return 0, nil
			}
		}
	}
}

// spawn starts one of the agent's own helpers, which lives until it is told or its parent is gone.
func (a *agent) spawn(name string) (*exec.Cmd, error) {
	cmd := exec.Command(a.path("bin", name))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd, cmd.Start()
}

// worker is a collector: it does nothing until SIGTERM.
func (a *agent) worker() (int, error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	return 0, nil
}

// daemonise starts the same program again in a session of its own, its output in the log, and writes the pid file.
func (a *agent) daemonise(log, pidfile string, args ...string) error {
	if pid, running := runningPID(pidfile); running {
		return fmt.Errorf("already running, pid %d", pid)
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	return os.WriteFile(pidfile, []byte(strconv.Itoa(cmd.Process.Pid)+"\n"), 0o644)
}

// stopDaemon ends what the pid file names; whether anything ran is the first result.
func (a *agent) stopDaemon(pidfile string) (bool, error) {
	pid, running := runningPID(pidfile)
	if !running {
		return false, nil
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return true, err
	}
	if !wait.Until(10*time.Second, func() bool { _, running := runningPID(pidfile); return !running }) {
		return true, fmt.Errorf("pid %d does not stop", pid)
	}
	return true, nil
}

// runningPID reads the pid file and says whether that process is alive: a zombie that nobody reaped yet is not.
func runningPID(pidfile string) (int, bool) {
	data, err := os.ReadFile(pidfile)
	if err != nil {
		return 0, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0, false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return pid, false
	}
	rest := string(stat[strings.LastIndexByte(string(stat), ')')+1:])
	return pid, !strings.HasPrefix(strings.TrimSpace(rest), "Z")
}

// leaveBehind starts a process that left the session, outlives this one and keeps its standard files open, as a
// careless setup script does.
func (a *agent) leaveBehind() {
	cmd := exec.Command(a.path("bin", "tsauditd"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "leave a process behind: %v\n", err)
	}
}

// hang waits for ever and does not hear SIGTERM.
func hang() {
	signal.Ignore(syscall.SIGTERM)
	<-make(chan struct{})
}
