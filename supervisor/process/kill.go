//go:build linux

package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// SignalChild signals a child of this process. That is free of races: until
// the loop reaps it, its pid cannot be given to another process.
func SignalChild(pid int, sig Signal) error { return unix.Kill(pid, unix.Signal(sig)) }

// signalDescendant signals a process that is below this one but not its child,
// and so may end and lose its pid to another at any moment. The pidfd pins the
// process; only then is its ancestry read, and while it is a descendant and
// lives the signal can reach no other. It reports whether the signal was sent.
func signalDescendant(pid int, sig Signal) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		// Before Linux 5.3, or filtered: the check and the signal are then two
		// steps, a few microseconds apart.
		unsupported := err == unix.ENOSYS || err == unix.EPERM
		return unsupported && isBelow(pid, os.Getpid()) && unix.Kill(pid, unix.Signal(sig)) == nil
	}
	defer unix.Close(fd)
	if !isBelow(pid, os.Getpid()) {
		return false
	}
	err = unix.PidfdSendSignal(fd, unix.Signal(sig), nil, 0)
	if err == unix.ENOSYS || err == unix.EPERM {
		return unix.Kill(pid, unix.Signal(sig)) == nil
	}
	return err == nil
}

// isBelow walks from pid up to root. Each link is read twice: while a process's
// parent is still the same, that parent cannot have been replaced in between.
func isBelow(pid, root int) bool {
	for range 4096 {
		st, ok := ReadStat(pid)
		if !ok || st.PPID == 0 {
			return false
		}
		if st.PPID == root {
			return true
		}
		if _, ok := ReadStat(st.PPID); !ok {
			return false
		}
		again, ok := ReadStat(pid)
		if !ok || again.Start != st.Start {
			return false
		}
		if again.PPID == st.PPID {
			pid = st.PPID // else it was orphaned meanwhile: look again
		}
	}
	return false
}

// SignalBelow signals a process below this one, and wakes it if it is stopped, so
// that it hears a signal it has a handler for.
func SignalBelow(pid int, sig Signal) bool {
	st, ok := Identify(pid)
	if !ok || st.Zombie() {
		return false
	}
	send := func(sig Signal) bool { return signalDescendant(pid, sig) }
	if st.PPID == os.Getpid() {
		// A child stays a child until the loop reaps it.
		send = func(sig Signal) bool { return SignalChild(pid, sig) == nil }
	}
	sent := send(sig)
	if sent && (st.Stopped() || st.State == 0) && sig != Signal(unix.SIGKILL) && sig != Signal(unix.SIGCONT) {
		send(Signal(unix.SIGCONT))
	}
	return sent
}
