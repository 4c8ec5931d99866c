//go:build linux

package process

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// procIsOwn reports whether /proc shows the pid namespace of this process. Where it is not
// mounted, or is that of another namespace (unshare --pid without a new /proc),
// its numbers must not be believed.
func procIsOwn() bool {
	self, err := os.Readlink("/proc/self")
	return err == nil && self == strconv.Itoa(os.Getpid())
}

// Descendants lists everything below this process, parents before their children,
// without what is below (or is) a process for which skip is true. Without a
// /proc it is only its own children: the others become that when those end.
func Descendants(skip func(pid int) bool) []int {
	if _, err := PeekAny(); err != nil {
		return nil // ECHILD: there is none
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

// Children lists the children of this process, zombies included.
func Children() []int { return lister()(os.Getpid()) }

// lister returns the way to list children that this kernel offers.
func lister() func(pid int) []int {
	if !procIsOwn() {
		return func(pid int) []int {
			if pid != os.Getpid() {
				return nil
			}
			return askForChildren()
		}
	}
	if unix.Access("/proc/self/task/"+strconv.Itoa(os.Getpid())+"/children", unix.F_OK) == nil {
		return func(pid int) []int {
			pids, _ := ChildrenOf(pid)
			return pids
		}
	}
	children := parentsOf()
	if len(children[os.Getpid()]) == 0 {
		children[os.Getpid()] = askForChildren() // /proc may hide them
	}
	return func(pid int) []int { return children[pid] }
}

// Identify says what a process below this one is. /proc says most; where it is
// that of another namespace, or hides the process (hidepid), the kernel still
// knows the own children.
func Identify(pid int) (Stat, bool) {
	if procIsOwn() {
		if st, ok := ReadStat(pid); ok {
			return st, true
		}
	}
	return askAboutChild(pid)
}

// askAboutChild asks the kernel, without /proc: it lets only a parent wait, and
// this wait takes nothing away.
func askAboutChild(pid int) (Stat, bool) {
	info, err := waitid(unix.P_PID, pid, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
	if err != nil {
		return Stat{}, false
	}
	st := Stat{PPID: os.Getpid(), Threads: 1}
	if info.pid != 0 {
		st.State = 'Z'
	} else if info, err := waitid(unix.P_PID, pid, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT); err == nil && info.pid != 0 {
		st.State = 'T'
	}
	st.Group, _ = unix.Getpgid(pid)
	st.Session, _ = unix.Getsid(pid)
	return st, true
}

// ChildrenOf lists the direct children of a process, zombies included. The
// kernel keeps them by thread: a child is listed under the thread that forked
// it. ok is false when this kernel does not have such a file.
func ChildrenOf(pid int) (pids []int, ok bool) {
	base := "/proc/" + strconv.Itoa(pid) + "/task/"
	for _, tid := range ListNumbers(base) {
		path := base + strconv.Itoa(tid) + "/children"
		data := ReadProc(path)
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
	for _, pid := range ListNumbers("/proc") {
		if st, ok := ReadStat(pid); ok {
			children[st.PPID] = append(children[st.PPID], pid)
		}
	}
	return children
}
