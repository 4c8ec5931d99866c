//go:build linux

package process

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// sigaction is the kernel's struct sigaction on 64-bit machines with a restorer.
type sigaction struct{ handler, flags, restorer, mask uint64 }

// handlerIgnore is SIG_IGN.
const handlerIgnore = 1

// forgetIgnored gives 32 and 34 their default back where tsboot was started
// with them ignored. The runtime handles neither, os/signal knows neither, and
// what stays ignored here would be so in the agent.
func forgetIgnored() {
	stopIgnoring(32)
	stopIgnoring(34)
}

// stopIgnoring sets a signal that is ignored to its default.
func stopIgnoring(sig unix.Signal) {
	var now, byDefault sigaction
	if rtSigaction(sig, nil, &now) == 0 && now.handler == handlerIgnore {
		_ = rtSigaction(sig, &byDefault, nil)
	}
}

func rtSigaction(sig unix.Signal, act, old *sigaction) unix.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(act.mask), 0, 0)
	return errno
}
