//go:build linux

package supervisor

import (
	"errors"

	"golang.org/x/sys/unix"
)

// IsShortage reports whether something could not be done for want of memory,
// processes or descriptors, which may be there the next time.
func IsShortage(err error) bool {
	return isOneOf(err, unix.EAGAIN, unix.ENOMEM, unix.EMFILE, unix.ENFILE)
}

// isTransient adds what else is likely to be gone the next time that a command
// is started.
func isTransient(err error) bool {
	return IsShortage(err) || isOneOf(err, unix.ETXTBSY, unix.EINTR)
}

func isOneOf(err error, errnos ...unix.Errno) bool {
	for _, errno := range errnos {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
