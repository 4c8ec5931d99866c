//go:build linux

package process

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// SignalInfo is what the kernel says about a signal that was sent by a process.
type SignalInfo struct {
	Signo, errno, code, _ int32
	pid                   int32
	uid                   uint32
	_                     [104]byte
}

// SignalSet is the kernel's: one bit for each of the 64 signals.
type SignalSet uint64

func (s Signal) Bit() SignalSet {
	if s < 1 || s > MaxSignal {
		return 0
	}
	return 1 << (s - 1)
}

// sigThread is the signal by which the Go runtime and libc have every thread make
// a system call; it must reach each of them.
const sigThread = 33

// waitSet are the signals that the main thread waits for.
const waitSet = ^SignalSet(0) &^ (1 << (sigThread - 1))

// The signals of faults are never blocked: one that a thread causes while it
// blocks it would end the process without a word from the runtime.
var faults = []unix.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGSYS, unix.SIGABRT}

// WaitMask is what the main thread blocks while it does not wait.
func WaitMask() unix.Sigset_t {
	mask := waitSet
	for _, sig := range faults {
		mask &^= 1 << (uint(sig) - 1)
	}
	var set unix.Sigset_t
	set.Val[0] = uint64(mask)
	return set
}

// Arrival is a signal that arrived.
type Arrival struct {
	SignalInfo
	Forwarded bool // the quick table has forwarded it already
}

// WaitSignal waits for any signal until a moment (none: for ever). ok is false
// when there was none.
func WaitSignal(until time.Time, bounded bool, quick *FastForward) (a Arrival, ok bool) {
	set := waitSet
	var limit *unix.Timespec
	if bounded {
		ts := unix.NsecToTimespec(max(0, time.Until(until)).Nanoseconds())
		limit = &ts
	}
	n, errno, sent := waitRaw(&set, &a.SignalInfo, limit, quick)
	a.Forwarded = sent
	return a, errno == 0 && n > 0
}

// FromSelf reports that the signal came from this process: the runtime
// interrupting a thread, a write to a closed pipe, or Wake.
func (i SignalInfo) FromSelf() bool { return int(i.pid) == os.Getpid() && i.code <= 0 }
