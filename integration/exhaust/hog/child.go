//go:build linux

package main

import (
	"syscall"
	"unsafe"
)

func pointer(t *syscall.Timespec) unsafe.Pointer { return unsafe.Pointer(t) }

// child makes a process that sleeps until a signal ends it, and reports whether it could. The child is a copy of this
// process with one thread: it makes no call that the runtime knows of.
//
//go:nosplit
//go:norace
func child() bool {
	pid, _, errno := syscall.RawSyscall(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0)
	for errno == 0 && pid == 0 {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
	return errno == 0
}
