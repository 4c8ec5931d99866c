//go:build linux

package supervisor

import (
	"os"

	"golang.org/x/sys/unix"
)

// terminal is our controlling terminal, when standard input is one. While the
// agent runs it is the terminal's foreground group, so that it can read, and ^C,
// ^Z and the window's size reach it from the kernel, once, and not through us.
type terminal struct {
	fd     int // -1: none
	own    int // our process group
	lent   bool
	passed bool // a stop signal came through us: the agent's stop is no news
}

// openTerminal finds the terminal. One that is not the controlling terminal of
// our session has no foreground group that we could hand on.
func openTerminal() terminal {
	none := terminal{fd: -1}
	sid, err := unix.Getsid(0)
	if err != nil {
		return none
	}
	session, err := unix.IoctlGetInt(0, unix.TIOCGSID)
	if err != nil || session != sid {
		return none
	}
	fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3) // stays ours whatever becomes of 0
	if err != nil {
		return none
	}
	return terminal{fd: fd, own: unix.Getpgrp()}
}

// offer returns the terminal to start the agent on, or -1. We only give what
// we have: a tsboot in the background does not steal the foreground.
func (t *terminal) offer() int {
	if t.fd < 0 {
		return -1
	}
	if group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP); err != nil || group != t.own {
		return -1
	}
	t.lent = true
	return t.fd
}

// lend makes group the foreground group if we are it.
func (t *terminal) lend(f *forker, group int) {
	if t.offer() >= 0 {
		t.setForeground(f, group)
	}
}

// takeBack makes us the foreground group again when the agent is it, or was
// and is gone.
func (t *terminal) takeBack(f *forker) {
	if t.fd < 0 || !t.lent {
		return
	}
	t.lent = false
	t.setForeground(f, t.own)
}

// setForeground runs on the forker's thread with all signals blocked: who
// changes the foreground group from the background is sent SIGTTOU.
func (t *terminal) setForeground(f *forker, group int) {
	f.do(func() {
		withMask(waitMask(), func() { _ = unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, group) })
	})
}

// resume is called at SIGCONT: a shell that brings its job back to the
// foreground gives the terminal to us, and we pass it on.
func (t *terminal) resume(f *forker, group int) {
	t.passed = false
	if t.fd >= 0 && group != 0 {
		t.lend(f, group)
	}
}

// interrupted tells an end by ^C or ^\ at the terminal, or the code by which
// programs that catch them say so. The kernel sent it to the agent alone, so it
// did not come through us, but it means stop all the same.
func (t *terminal) interrupted(status Status) bool {
	if !t.lent {
		return false
	}
	code := status.ExitCode()
	return code == 128+int(unix.SIGINT) || code == 128+int(unix.SIGQUIT)
}

func (t *terminal) close(f *forker) {
	if t.fd < 0 {
		return
	}
	t.takeBack(f)
	_ = unix.Close(t.fd)
	t.fd = -1
}

// noticeStop sees that the agent was stopped, by ^Z or because it read the
// terminal from the background, and stops tsboot too, so that the shell takes
// its terminal back and can continue the job. A stop that we passed on ourselves
// has had that already.
func (s *Supervisor) noticeStop() {
	if s.terminal.fd < 0 || !s.agentAlive() || os.Getpid() == 1 {
		return
	}
	sig := takeStop(s.agent.child.pid)
	if sig == 0 {
		return
	}
	if s.terminal.passed {
		s.terminal.passed = false
		return
	}
	if suspends(sig) {
		s.suspend()
	}
}
