//go:build linux

package process

import (
	"golang.org/x/sys/unix"
)

// Terminal is the controlling terminal, when standard input is one. While the
// agent runs it is the terminal's foreground group, so that it can read, and ^C,
// ^Z and the window's size reach it from the kernel, once, and not through tsboot.
type Terminal struct {
	fd     int // -1: none
	own    int // tsboot's process group
	lent   bool
	Passed bool // tsboot forwarded a stop signal: the agent's stop is no news
}

// NoTerminal is for as long as none was looked for.
func NoTerminal() Terminal { return Terminal{fd: -1} }

// Present reports whether there is one.
func (t *Terminal) Present() bool { return t.fd >= 0 }

// OpenTerminal finds the terminal. One that is not the controlling terminal of
// tsboot's session has no foreground group that could be handed on.
func OpenTerminal() Terminal {
	none := Terminal{fd: -1}
	sid, err := unix.Getsid(0)
	if err != nil {
		return none
	}
	session, err := unix.IoctlGetInt(0, unix.TIOCGSID)
	if err != nil || session != sid {
		return none
	}
	fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3) // stays open whatever becomes of 0
	if err != nil {
		return none
	}
	return Terminal{fd: fd, own: unix.Getpgrp()}
}

// Offer returns the terminal to start the agent on, or -1. A
// tsboot in the background does not have it, and takes it from no other.
func (t *Terminal) Offer() int {
	if t.fd < 0 {
		return -1
	}
	if group, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP); err != nil || group != t.own {
		return -1
	}
	t.lent = true
	return t.fd
}

// lend makes group the foreground group if tsboot is it.
func (t *Terminal) lend(group int) {
	if t.Offer() >= 0 {
		t.setForeground(group)
	}
}

// TakeBack makes tsboot the foreground group again when the agent is it, or was
// and is gone.
func (t *Terminal) TakeBack() {
	if t.fd < 0 || !t.lent {
		return
	}
	t.lent = false
	t.setForeground(t.own)
}

// setForeground blocks all signals meanwhile: a process that changes the
// foreground group from the background is sent SIGTTOU.
func (t *Terminal) setForeground(group int) {
	withMask(WaitMask(), func() { _ = unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, group) })
}

// Resume is called at SIGCONT: a shell that brings its job back to the
// foreground gives the terminal to tsboot, which passes it on.
func (t *Terminal) Resume(group int) {
	t.Passed = false
	if t.fd >= 0 && group != 0 {
		t.lend(group)
	}
}

// Interrupted reports an end by ^C or ^\ at the terminal, or the code by which
// programs that catch them say so. The kernel sent it to the agent alone, so it
// did not come through tsboot, but it means stop all the same.
func (t *Terminal) Interrupted(status Status) bool {
	if !t.lent {
		return false
	}
	code := status.ExitCode()
	return code == 128+int(unix.SIGINT) || code == 128+int(unix.SIGQUIT)
}

// Close lets go of the terminal.
func (t *Terminal) Close() {
	if t.fd < 0 {
		return
	}
	t.TakeBack()
	_ = unix.Close(t.fd)
	t.fd = -1
}
