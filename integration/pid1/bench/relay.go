//go:build linux

package main

import (
	"os"
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// roleRelay is the least that a Go program can be as an init: it starts a child and sends it every signal that comes.
const roleRelay = "bench-relay"

// asleep marks the second life of a helper that waits for signals by name.
const asleep = "BENCH_ASLEEP=1"

// blocked executes the program again with the signals blocked, as the runtime leaves blocked in every thread what was
// blocked when it began; the second time it returns.
func blocked(set unix.Sigset_t) {
	if slices.Contains(os.Environ(), asleep) {
		return
	}
	runtime.LockOSThread()
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil); err == nil {
		_ = syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), asleep))
	}
	os.Exit(1)
}

func relay(child []string) {
	set := unix.Sigset_t{}
	set.Val[0] = 1<<(uint(unix.SIGUSR1)-1) | 1<<(uint(unix.SIGUSR2)-1)
	blocked(set)
	env := slices.DeleteFunc(os.Environ(), func(e string) bool { return e == asleep })
	pid, err := syscall.ForkExec(child[0], child, &syscall.ProcAttr{Env: env, Files: []uintptr{0, 1, 2, 3}})
	if err != nil {
		os.Exit(1)
	}
	runtime.LockOSThread()
	for {
		// Not raw: the scheduler must know that the thread sleeps, as it must in any real program.
		n, _, errno := unix.Syscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(&set)), 0, 0, 8, 0, 0)
		if errno == 0 {
			_ = unix.Kill(pid, unix.Signal(n))
		}
	}
}
