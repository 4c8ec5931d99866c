//go:build linux

package supervisor

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/terminal"
	"github.com/tsboot/tsboot/supervisor/process"
)

// pty is a terminal whose other end the test holds.
type pty struct {
	t      *testing.T
	master *os.File
	slave  *os.File
	output lockedBuffer
}

func openPTY(t *testing.T) *pty {
	t.Helper()
	master, slave, err := terminal.Open()
	if err != nil {
		require.Missing(t, "pty", err)
	}
	p := &pty{t: t, master: master, slave: slave}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			_, _ = p.output.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		slave.Close()
		master.Close()
		<-read
	})
	return p
}

func (p *pty) write(s string) {
	p.t.Helper()
	if _, err := p.master.WriteString(s); err != nil {
		p.t.Fatal(err)
	}
}

// control gives a process the terminal: as docker run -t does, or as the shell
// whose job it is.
func (p *pty) control(cmd *exec.Cmd) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.slave, p.slave, p.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
}

func stopped(pid int) bool {
	st, ok := process.ReadStat(pid)
	return ok && st.Stopped()
}

func TestAgentHasTheTerminal(t *testing.T) {
	t.Parallel()
	p := openPTY(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("echo up > $D/up; read line; echo $line > $D/line; " + catcher("agent").Argv[2]), Grace: deadline,
	}}}, p.control)
	b.waitFor("up")
	p.write("typed\n")
	if got := b.waitFor("line"); got != "typed" {
		t.Errorf("the agent read %q", got)
	}
	b.waitFor("agent")
	p.write("\x03")
	b.waitCount("agent.signals", 1)
	conn, err := p.master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 33, Col: 99})
	})
	if err != nil {
		t.Fatal(err)
	}
	b.waitCount("agent.signals", 2)
	b.signal(Signal(unix.SIGUSR1)) // what came twice would have come before this
	b.waitCount("agent.signals", 3)
	b.signal(Signal(unix.SIGQUIT))
	if got := strings.Join(b.waitCount("agent.signals", 4), " "); got != "2 28 10 3" {
		t.Errorf("the agent got %s, want each of 2 28 10 3 once", got)
	}
	if code, _ := b.wait(); code != 0 {
		t.Errorf("code %d", code)
	}
}

func TestInterruptAtTheTerminalIsAStop(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{"default": "exec sleep 100", "caught": "trap 'exit 130' INT; while :; do sleep 0.01; done"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openPTY(t)
			b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
				Command: sh("echo up > $D/up; " + script), Grace: deadline, Restart: RestartAlways,
			}}}, p.control)
			b.waitFor("up")
			p.write("\x03")
			if code, result := b.wait(); code != 130 || result.Snapshot.Restarts != 0 {
				t.Errorf("code %d, result %+v", code, result)
			}
		})
	}
}

func TestSuspendAtTheTerminal(t *testing.T) {
	t.Parallel()
	p := openPTY(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("echo $$ > $D/pid; exec sleep 100"), Grace: deadline}}}, p.control)
	agent := atoiT(t, b.waitFor("pid"))
	for range 3 {
		p.write("\x1a")
		b.until("both are stopped", func() bool { return stopped(agent) && stopped(b.cmd.Process.Pid) })
		b.signal(sigCont)
		b.until("both are awake", func() bool { return !stopped(agent) && !stopped(b.cmd.Process.Pid) })
	}
	b.signal(Signal(unix.SIGTSTP))
	b.until("both are stopped", func() bool { return stopped(agent) && stopped(b.cmd.Process.Pid) })
	b.signal(sigCont)
	b.until("both are awake", func() bool { return !stopped(agent) && !stopped(b.cmd.Process.Pid) })
	b.signal(sigTerm)
	if code, _ := b.wait(); code != 143 {
		t.Errorf("code %d", code)
	}
}

// TestJobOfAShell has an interactive shell suspend and resume the supervisor.
func TestJobOfAShell(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		require.Missing(t, "bash", err) // the shell with job control
	}
	p := openPTY(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{
		Command: sh("echo $$ > $D/pid; read line; echo $line > $D/line; exit 22"), Grace: deadline,
	}}}, p.control, func(cmd *exec.Cmd) {
		helper := cmd.Path
		cmd.Path, cmd.Args = bash, []string{"bash", "--norc", "--noprofile", "-i"}
		cmd.Env = append(cmd.Env, "HELPER="+helper, "PS1=> ", "HISTFILE=")
	})
	p.write("$HELPER; echo ended with $? > $D/ended\n")
	agent := atoiT(t, b.waitFor("pid"))
	p.write("\x1a")
	b.until("the agent is stopped", func() bool { return stopped(agent) })
	b.until("the shell has noticed", func() bool { return strings.Contains(p.output.String(), "Stopped") })
	p.write("fg\n")
	b.until("the agent is awake and in the foreground", func() bool {
		group, err := foreground(p)
		return err == nil && group == agent && !stopped(agent)
	})
	p.write("typed\n")
	if got := b.waitFor("line"); got != "typed" {
		t.Errorf("the agent read %q", got)
	}
	b.until("the supervisor has ended", func() bool { _, err := os.Stat(b.path("result.json")); return err == nil })
	p.write("echo shell is back > $D/back; exit\n")
	if got := b.waitFor("back"); got != "shell is back" {
		t.Errorf("the shell: %q", got)
	}
	<-b.waited
}

// foreground returns the group that has the terminal.
func foreground(p *pty) (int, error) {
	group := 0
	conn, err := p.master.SyscallConn()
	if err != nil {
		return 0, err
	}
	cerr := conn.Control(func(fd uintptr) { group, err = unix.IoctlGetInt(int(fd), unix.TIOCGPGRP) })
	if cerr != nil {
		return 0, cerr
	}
	return group, err
}

func TestNoTerminalIsTakenFromTheBackground(t *testing.T) {
	t.Parallel()
	p := openPTY(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: sh("echo up > $D/up; exec sleep 100"), Grace: deadline}}},
		p.control, func(cmd *exec.Cmd) { // a session leader that keeps the foreground
			cmd.Args = append([]string{"bash", "-c", `set -m; "$@" & echo $! > $D/supervisor; wait`, "bash"}, cmd.Path)
			cmd.Path = "/bin/bash"
		})
	b.waitFor("up")
	if group, err := foreground(p); err != nil || group != b.cmd.Process.Pid {
		t.Errorf("the foreground group is %d (%v), want the shell's %d", group, err, b.cmd.Process.Pid)
	}
	if err := unix.Kill(atoiT(t, b.waitFor("supervisor")), unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-b.waited
}

func TestHangupReachesTheAgentOnce(t *testing.T) {
	t.Parallel()
	p := openPTY(t)
	b := startBoot(t, bootConfig{Plan: Plan{Agent: Agent{Command: catcher("agent"), Grace: deadline, StopSignal: Signal(unix.SIGQUIT)}}}, p.control)
	agent := b.waitFor("agent")
	p.slave.Close()
	p.master.Close()
	b.until("the hangup arrives", func() bool {
		return strings.Contains(" "+strings.Join(strings.Fields(string(process.ReadProc(b.path("agent.signals")))), " ")+" ", " 1 ")
	})
	b.signal(sigTerm)
	b.wait()
	hups := 0
	for _, sig := range b.waitCount("agent.signals", 2) {
		if sig == strconv.Itoa(int(unix.SIGHUP)) {
			hups++
		}
	}
	if hups != 1 {
		t.Errorf("agent %s got %d hangups: %s", agent, hups, process.ReadProc(b.path("agent.signals")))
	}
}
