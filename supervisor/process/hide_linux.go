package process

import "golang.org/x/sys/unix"

// HideMemory keeps the environment and the memory of this process from others
// of the same user, an agent among them: the kernel then lets only a privileged
// process read /proc/PID/environ and mem, or trace it, and writes no core. A
// program that is executed, by a child or in this one's place, begins without
// it. The kernel never refuses this, so there is no error to report.
func HideMemory() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
