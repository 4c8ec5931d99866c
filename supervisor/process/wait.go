//go:build linux

package process

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// childInfo is what waitid says about a child, laid out as the kernel's
// siginfo for SIGCHLD on 64-bit machines.
type childInfo struct {
	signo, errno, code, _ int32
	pid                   int32
	uid                   uint32
	status                int32
	_                     [100]byte
}

// How a child ended, as si_code says it.
const (
	cldExited = 1
	cldDumped = 3
)

// PeekAny returns a child that has ended and leaves it a zombie; pid is 0 when
// none has, err is ECHILD when there is no child at all.
func PeekAny() (pid int, err error) {
	info, err := waitid(unix.P_ALL, 0, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
	return int(info.pid), err
}

// TakeStop returns the signal that stopped the child pid since the last look, or 0.
func TakeStop(pid int) Signal {
	info, err := waitid(unix.P_PID, pid, unix.WSTOPPED|unix.WNOHANG)
	if err != nil || info.pid == 0 {
		return 0
	}
	return Signal(info.status)
}

// PeekStatus reads how an ended child ended and leaves it a zombie.
func PeekStatus(pid int) (unix.WaitStatus, bool) {
	info, err := waitid(unix.P_PID, pid, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT)
	if err != nil || info.pid == 0 {
		return 0, false
	}
	switch info.code {
	case cldExited:
		return unix.WaitStatus(info.status&0xff) << 8, true
	case cldDumped:
		return unix.WaitStatus(info.status&0x7f | 0x80), true
	default:
		return unix.WaitStatus(info.status & 0x7f), true
	}
}

// Reap takes an ended child away; its pid may then be used again.
func Reap(pid int) (ws unix.WaitStatus, ok bool) {
	for {
		got, err := unix.Wait4(pid, &ws, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		return ws, err == nil && got == pid
	}
}

func waitid(idType, id, options int) (childInfo, error) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(idType, id, &info, options, nil)
		if err == unix.EINTR {
			continue
		}
		return *(*childInfo)(unsafe.Pointer(&info)), err
	}
}
