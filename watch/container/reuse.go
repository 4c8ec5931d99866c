package container

import (
	"bytes"
	"os"
	"path/filepath"
	"time"
)

const (
	// startsPerTick is how many processes and threads one processor can start. A loop of vfork was measured at 500, one of
	// threads at 730.
	startsPerTick = 1000
	// usualPIDs is the number of pids where nobody has set another.
	usualPIDs = 32768
	// initialPIDs is the pid namespace of the boot (PROC_PID_INIT_INO).
	initialPIDs = "pid:[4026531836]"
)

// PIDReuse is for how long a pid belongs to one process at least: it comes again when the kernel has given out all others. dir is
// the host's /proc.
func PIDReuse(dir string) time.Duration {
	link, err := os.Readlink("/proc/self/ns/pid")
	pids, processors := int64(usualPIDs), 0
	if text, err := os.ReadFile(filepath.Join(dir, "sys/kernel/pid_max")); err == nil {
		pids = parseInt(text)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "stat")); err == nil {
		processors = bytes.Count(text, []byte("\ncpu"))
	}
	return pidReuse(pids, processors, err == nil && link == initialPIDs)
}

// pidReuse reckons with what all processors can start. Since Linux 6.14 each pid namespace has a limit of its own, and a reader in
// another than the host's is shown that, through the host's /proc, too: it is larger.
func pidReuse(pids int64, processors int, hosts bool) time.Duration {
	if !hosts {
		pids = min(pids, usualPIDs)
	}
	return time.Duration(max(pids, 1)) * tick / startsPerTick / time.Duration(max(processors, 1))
}
