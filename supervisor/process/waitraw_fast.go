//go:build linux && !race && go1.26 && !go1.27

package process

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file goes around the Go scheduler, so it is only for the versions of Go
// that it was tested with: every other is built with the plain wait of
// waitraw.go, and forwards a signal in about twice the time. To add a version,
// run the tests of supervisor and integration/pid1 with it.

// The runtime's own entry to and exit from a blocking system call. They are
// among the names that the runtime keeps for others (go.dev/issue/67401).
//
//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// waitRaw waits for a signal that is for the loop. One that the table knows is
// forwarded at once, and the wait goes on; a limited wait returns, because its
// time would start again. So does one after which the agent was not in the group
// that got the signal. Between the two calls of the runtime this goroutine has no
// processor: no allocation, no write barrier, no growing stack.
//
//go:nosplit
//go:norace
func waitRaw(set *SignalSet, info *SignalInfo, limit *unix.Timespec, quick *FastForward) (n uintptr, errno unix.Errno, sent bool) {
	entersyscall()
	for {
		n, _, errno = unix.RawSyscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(info)),
			uintptr(unsafe.Pointer(limit)), unsafe.Sizeof(*set), 0, 0)
		if errno != 0 || n >= uintptr(len(quick.Send)) || quick.Send[n] == 0 || (info.pid == quick.Self && info.code <= 0) {
			sent = false
			break
		}
		_, _, quick.Errno = unix.RawSyscall6(unix.SYS_KILL, uintptr(quick.Target), uintptr(quick.Send[n]), 0, 0, 0, 0)
		quick.Sent |= 1 << (quick.Send[n] - 1)
		sent = true
		if quick.Member != 0 && quick.Errno == 0 {
			group, _, _ := unix.RawSyscall6(unix.SYS_GETPGID, uintptr(quick.Member), 0, 0, 0, 0, 0)
			quick.Left = group != uintptr(-quick.Target)
		}
		if quick.Left || limit != nil || quick.Errno != 0 {
			break
		}
	}
	exitsyscall()
	return n, errno, sent
}
