package cli

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// faults are the signals that a thread causes by itself. They are never blocked: one that comes while it is blocked ends
// the process without a message of the Go runtime.
var faults = []unix.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGSYS, unix.SIGABRT}

// sigThread is the signal by which the Go runtime has every thread make a system call; it must reach each of them.
const sigThread = unix.Signal(33)

// blockSignals keeps the calling goroutine on a thread of its own that blocks all signals. The thread ends with the
// goroutine.
func blockSignals() {
	runtime.LockOSThread()
	var set unix.Sigset_t
	for i := range set.Val {
		set.Val[i] = ^set.Val[i]
	}
	for _, signal := range append(faults, sigThread) {
		set.Val[0] &^= 1 << (uint(signal) - 1)
	}
	_ = unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil) // it fails only for an unknown "how"
}
