//go:build linux && !race

package supervisor

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

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
func waitRaw(set *kernelSigset, info *signalInfo, limit *unix.Timespec, quick *quickTable) (n uintptr, errno unix.Errno, sent bool) {
	entersyscall()
	for {
		n, _, errno = unix.RawSyscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(info)),
			uintptr(unsafe.Pointer(limit)), unsafe.Sizeof(*set), 0, 0)
		if errno != 0 || n >= uintptr(len(quick.send)) || quick.send[n] == 0 || (info.pid == quick.self && info.code <= 0) {
			sent = false
			break
		}
		_, _, quick.errno = unix.RawSyscall6(unix.SYS_KILL, uintptr(quick.target), uintptr(quick.send[n]), 0, 0, 0, 0)
		quick.sent |= 1 << (quick.send[n] - 1)
		sent = true
		if quick.member != 0 && quick.errno == 0 {
			group, _, _ := unix.RawSyscall6(unix.SYS_GETPGID, uintptr(quick.member), 0, 0, 0, 0, 0)
			quick.left = group != uintptr(-quick.target)
		}
		if quick.left || limit != nil || quick.errno != 0 {
			break
		}
	}
	exitsyscall()
	return n, errno, sent
}
