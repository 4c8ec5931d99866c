//go:build linux && (race || !go1.26 || go1.27)

package process

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// waitRaw waits for a signal. Here the loop forwards all signals: the race
// detector needs a processor at every memory access, and other versions of Go
// than those of waitraw_fast.go may do so, too.
func waitRaw(set *SignalSet, info *SignalInfo, limit *unix.Timespec, _ *FastForward) (n uintptr, errno unix.Errno, sent bool) {
	n, _, errno = unix.Syscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(info)),
		uintptr(unsafe.Pointer(limit)), unsafe.Sizeof(*set), 0, 0)
	return n, errno, false
}
