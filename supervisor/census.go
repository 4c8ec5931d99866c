//go:build linux

package supervisor

import (
	"bytes"
	"os"
	"runtime"
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
	return func(pid int) []int { return children[pid] }
}

// identify tells who a process below us is, as far as that can be known.
func identify(pid int) (procStat, bool) {
	if procIsOurs() {
		return readStat(pid)
	}
	return procStat{ppid: os.Getpid(), threads: 1}, isChild(pid)
}

// isChild asks the kernel: it lets only a parent wait, and here nobody waits.
func isChild(pid int) bool {
	_, err := waitid(unix.P_PID, pid, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
	return err == nil
}

// askForChildren finds our children without any /proc, by asking for every pid
// there can be: up to the newest one first, since numbers are given out in
// turn, and further only if that finds nobody. It is for the oddest of containers.
func askForChildren() []int {
	if _, err := peekAny(); err != nil {
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
		if isChild(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// newestPID is the number the kernel has given out last: that of a thread made
// for the purpose. So many are asked for at once that some must be new.
func newestPID() int {
	const threads = 32
	tids := make(chan int)
	release := make(chan struct{})
	for range threads {
		go func() {
			runtime.LockOSThread() // the thread ends with the goroutine
			tids <- unix.Gettid()
			<-release
		}()
	}
	newest := 0
	for range threads {
		newest = max(newest, <-tids)
	}
	close(release)
	return newest
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
