//go:build linux

package supervisor

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// procIsOurs reports whether /proc shows our own pid namespace. Where it is not
// mounted, or is that of another namespace (unshare --pid without a new /proc),
// its numbers must not be believed.
func procIsOurs() bool {
	self, err := os.Readlink("/proc/self")
	return err == nil && self == strconv.Itoa(os.Getpid())
}

// descendants lists everything below us, parents before their children,
// without what is below (or is) a process for which skip is true. Without a
// /proc it is only our own children: the others become it when those end.
func descendants(skip func(pid int) bool) []int {
	if _, err := peekAny(); err != nil {
		return nil // ECHILD: nobody is there
	}
	list := lister()
	var found []int
	seen := map[int]bool{os.Getpid(): true}
	queue := []int{os.Getpid()}
	for len(queue) > 0 {
		pid := queue[0]
		queue = queue[1:]
		for _, child := range list(pid) {
			if seen[child] || skip(child) {
				continue
			}
			seen[child] = true
			found = append(found, child)
			queue = append(queue, child)
		}
	}
	return found
}

// directChildren lists our own children, zombies included.
func directChildren() []int { return lister()(os.Getpid()) }

// lister returns the way to list children that this kernel offers.
func lister() func(pid int) []int {
	if !procIsOurs() {
		return func(pid int) []int {
			if pid != os.Getpid() {
				return nil
			}
			return askForChildren()
		}
	}
	if unix.Access("/proc/self/task/"+strconv.Itoa(os.Getpid())+"/children", unix.F_OK) == nil {
		return func(pid int) []int {
			pids, _ := childrenOf(pid)
			return pids
		}
	}
	children := parentsOf()
	if len(children[os.Getpid()]) == 0 {
		children[os.Getpid()] = askForChildren() // /proc may hide them
	}
	return func(pid int) []int { return children[pid] }
}

// identify tells who a process below us is. /proc tells most; where it is not
// ours, or hides the process (hidepid), the kernel still knows our own children.
func identify(pid int) (procStat, bool) {
	if procIsOurs() {
		if st, ok := readStat(pid); ok {
			return st, true
		}
	}
	return askAboutChild(pid)
}

// askAboutChild asks the kernel, without /proc: it lets only a parent wait, and
// here nobody waits for good.
func askAboutChild(pid int) (procStat, bool) {
	info, err := waitid(unix.P_PID, pid, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
	if err != nil {
		return procStat{}, false
	}
	st := procStat{ppid: os.Getpid(), threads: 1}
	if info.pid != 0 {
		st.state = 'Z'
	} else if info, err := waitid(unix.P_PID, pid, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT); err == nil && info.pid != 0 {
		st.state = 'T'
	}
	st.pgrp, _ = unix.Getpgid(pid)
	st.session, _ = unix.Getsid(pid)
	return st, true
}

// childrenOf lists the direct children of a process, zombies included. The
// kernel keeps them by thread: a child is listed under the thread that forked
// it. ok is false when this kernel has no such file.
func childrenOf(pid int) (pids []int, ok bool) {
	base := "/proc/" + strconv.Itoa(pid) + "/task/"
	for _, tid := range listNumbers(base) {
		path := base + strconv.Itoa(tid) + "/children"
		data := readProc(path)
		if data == nil && unix.Access(strings.TrimSuffix(path, "children")+"stat", unix.F_OK) == nil &&
			unix.Access(path, unix.F_OK) == unix.ENOENT {
			return nil, false
		}
		for _, field := range bytes.Fields(data) {
			if child := atoi(field); child > 0 {
				pids = append(pids, child)
			}
		}
	}
	return pids, true
}

// parentsOf maps every visible process to its parent's children: the slow way
// to find them, for kernels without CONFIG_PROC_CHILDREN.
func parentsOf() map[int][]int {
	children := make(map[int][]int)
	for _, pid := range listNumbers("/proc") {
		if st, ok := readStat(pid); ok {
			children[st.ppid] = append(children[st.ppid], pid)
		}
	}
	return children
}
