package container

import (
	"os"
	"path/filepath"
	"strconv"
)

// firstThread is the pid of kthreadd, of which all threads of the kernel are children. No other namespace has any.
const firstThread = 2

// HostPID is the pid that audit records have for this process, as a /proc says it: theirs are those of the initial namespace. 0: that
// /proc is of another, where their pids are other processes.
func HostPID(dir string) int {
	if own, err := os.Readlink("/proc/self/ns/pid"); err != nil || own == initialPIDs {
		return os.Getpid()
	}
	text, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(firstThread), "stat"))
	if err != nil {
		return 0
	}
	if s, ok := parseStat(text); !ok || !s.kernel {
		return 0
	}
	self, err := os.Readlink(filepath.Join(dir, "self"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(self)
	if err != nil {
		return 0
	}
	return pid
}
