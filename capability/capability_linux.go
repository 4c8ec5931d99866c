package capability

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Effective returns what this process may do now: root has all that its container
// did not drop. The error is that of capget(2); a seccomp filter may refuse it.
// Any goroutine may call it.
func Effective() (Set, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var words [2]unix.CapUserData // of 32 capabilities each
	if err := unix.Capget(&header, &words[0]); err != nil {
		return 0, err
	}
	return Set(words[1].Effective)<<32 | Set(words[0].Effective), nil
}

// Bounding returns what a program that this process starts can have at most: as root
// it has all of these. The error is that of prctl(2).
func Bounding() (Set, error) {
	return each(func(number uintptr) (int, error) {
		return unix.PrctlRetInt(unix.PR_CAPBSET_READ, number, 0, 0, 0)
	})
}

// Ambient returns what a program that this process starts has when it does not run as
// root; its file may give it more. The error is that of prctl(2).
func Ambient() (Set, error) {
	return each(func(number uintptr) (int, error) {
		return unix.PrctlRetInt(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_IS_SET, number, 0, 0)
	})
}

// each asks the kernel about every capability. One that it does not know yet is not held.
func each(holds func(number uintptr) (int, error)) (Set, error) {
	var set Set
	for number := range names {
		held, err := holds(uintptr(number))
		switch {
		case errors.Is(err, unix.EINVAL) && number > 0:
			return set, nil
		case err != nil:
			return 0, err
		case held == 1:
			set |= 1 << number
		}
	}
	return set, nil
}
