//go:build linux

package supervisor

import (
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// While the main thread is at work, a signal may hit any other thread. The
// handler there hands it on to the main thread with all that is known of its
// sender, so that none is lost and none needs the runtime's way.
//
// It is written in assembly because it runs where no Go code may run. It reads
// the first two variables, which are set before it is installed: the process,
// and its main thread. The main thread itself is hit only while its mask is
// empty, for a fork; then the handler notes the signal in the third.
var requeuePID, requeueTID, requeueStash uint64

// requeueHandler is the address of the handler.
func requeueHandler() uintptr

// sigaction is the kernel's struct sigaction on 64-bit machines with a restorer.
type sigaction struct{ handler, flags, restorer, mask uint64 }

// requeueSignals installs the handler for all but the signals of faults, which
// the runtime must see, sigThread, and SIGURG unless the runtime has no use for
// it. Unlike an ignored signal, one that is caught is reset in the agent.
func requeueSignals(thread int, urgent bool) {
	requeuePID, requeueTID = uint64(os.Getpid()), uint64(thread)
	for sig := unix.Signal(1); sig <= unix.Signal(sigRTMax); sig++ {
		switch {
		case sig == unix.SIGKILL, sig == unix.SIGSTOP, sig == sigThread, slices.Contains(faults, sig):
		case sig == unix.SIGURG && !urgent:
		default:
			catchRaw(sig)
		}
	}
}

// takeStash returns what hit the main thread while its mask was empty. Only the
// main thread may call it, with its signals blocked.
func takeStash() kernelSigset {
	stash := requeueStash
	requeueStash = 0
	return kernelSigset(stash)
}

// catchRaw installs the handler for one signal. Where requeueSignals was not
// called, it discards the signal.
func catchRaw(sig unix.Signal) {
	var act sigaction // the runtime's, for its flags and its restorer
	if rtSigaction(unix.SIGSEGV, nil, &act) == 0 && act.handler > 1 {
		act.handler = uint64(requeueHandler())
		rtSigaction(sig, &act, nil)
	}
}

func rtSigaction(sig unix.Signal, act, old *sigaction) unix.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	return errno
}
