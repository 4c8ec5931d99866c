//go:build linux && race

package process

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// waitRaw waits for a signal. The race detector needs a processor at every
// memory access, so here the loop forwards all signals.
func waitRaw(set *SignalSet, info *SignalInfo, limit *unix.Timespec, _ *FastForward) (n uintptr, errno unix.Errno, sent bool) {
	n, _, errno = unix.Syscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(info)),
		uintptr(unsafe.Pointer(limit)), unsafe.Sizeof(*set), 0, 0)
	return n, errno, false
}
