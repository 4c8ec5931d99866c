//go:build linux

package process

import "golang.org/x/sys/unix"

// askForChildren finds the own children without any /proc, by asking for every pid
// there can be: up to the newest one first, since numbers are given out in
// turn, and further only if that finds none. It is for a container without /proc.
func askForChildren() []int {
	if _, err := PeekAny(); err != nil {
		return nil // ECHILD: there is none to look for
	}
	newest := newestPID()
	pids := childrenAmong(2, newest+1)
	if len(pids) == 0 {
		pids = childrenAmong(newest+1, maxPID)
	}
	return pids
}

// maxPID is the kernel's own limit.
const maxPID = 1 << 22

func childrenAmong(from, to int) []int {
	var pids []int
	for pid := from; pid < to; pid++ {
		if _, err := waitid(unix.P_PID, pid, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// newestPID is the number the kernel has given out last: that of a process made
// for the purpose, which ends at once. Where none can be made it may be any.
func newestPID() int {
	pid := bornDead()
	if pid == 0 {
		return maxPID - 1
	}
	reapBornDead(pid)
	return pid
}

func reapBornDead(pid int) {
	for {
		if _, err := unix.Wait4(pid, nil, unix.WALL, nil); err != unix.EINTR {
			return
		}
	}
}

// bornDead makes a child that sends no SIGCHLD and does nothing but end; 0 where
// there can be none. A copy of a Go process with one thread may make no call
// that the runtime knows of.
//
//go:nosplit
//go:norace
func bornDead() int {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, 0, 0, 0, 0, 0, 0)
	for errno == 0 && pid == 0 {
		_, _, _ = unix.RawSyscall6(unix.SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0)
	}
	if errno != 0 {
		return 0
	}
	return int(pid)
}
