//go:build linux

// Command hog is an agent that takes every process its limit allows, and each one that becomes free. It makes the file
// of its first argument when it could make no more for the first time.
package main

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

func main() {
	runtime.LockOSThread()
	for full := false; ; {
		if child() {
			continue
		}
		if !full {
			full = true
			if err := os.WriteFile(os.Args[1], nil, 0o666); err != nil {
				os.Exit(1)
			}
		}
		pause := syscall.NsecToTimespec(int64(200 * time.Microsecond))
		_, _, _ = syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(pointer(&pause)), 0, 0)
	}
}
