package kernel

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// The inodes of the initial namespaces in /proc (include/uapi/linux/nsfs.h).
const (
	initialUser = "user:[4026531837]"
	initialPID  = "pid:[4026531836]"
)

// What is being done, where the reason depends on it.
const (
	doingJoin     = "join the audit log"
	doingRegister = "take the place of the audit daemon"
)

// refused names the reason behind an answer of the kernel.
func refused(doing string, answer error) error {
	return &Refused{Doing: doing, Answer: root(answer), Reason: reasonOf(doing, answer)}
}

// root is the number of the error, without what a library says around it.
func root(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

func reasonOf(doing string, answer error) error {
	switch {
	case errors.Is(answer, unix.EPROTONOSUPPORT), errors.Is(answer, unix.EAFNOSUPPORT):
		return ErrNoAudit
	case errors.Is(answer, unix.ECONNREFUSED) && !in("user", initialUser), errors.Is(answer, unix.EPERM) && !in("user", initialUser):
		return ErrUserSpace
	case errors.Is(answer, unix.ECONNREFUSED):
		return ErrOff
	case !errors.Is(answer, unix.EPERM):
		return nil
	case doing == doingJoin:
		return ErrRead
	case !in("pid", initialPID):
		return ErrPIDSpace
	}
	return ErrControl
}

// in says whether the process is in the namespace. Where /proc does not say, it is.
func in(kind, initial string) bool {
	own, err := os.Readlink("/proc/self/ns/" + kind)
	return err != nil || own == initial
}
