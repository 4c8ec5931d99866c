package process

import (
	"errors"

	"golang.org/x/sys/unix"
)

// LacksResources reports whether something could not be done for want of memory,
// processes or descriptors, which may be there the next time.
func LacksResources(err error) bool {
	return isOneOf(err, unix.EAGAIN, unix.ENOMEM, unix.EMFILE, unix.ENFILE)
}

// IsTransient adds what else is likely to be gone the next time that a command
// is started.
func IsTransient(err error) bool {
	return LacksResources(err) || isOneOf(err, unix.ETXTBSY, unix.EINTR)
}

// explainShortage says of what there was too little, and what to do.
func explainShortage(errno error) string {
	switch {
	case errors.Is(errno, unix.EAGAIN):
		return "the limit of processes is reached: raise that of the container (pids) or of the user (ulimit -u), or see who uses them up"
	case errors.Is(errno, unix.ENOMEM):
		return "no memory is left for it: raise the container's memory limit, or free memory on the host"
	}
	return "no descriptor is left for it: raise the limit of open files (ulimit -n), or see who uses them up"
}

func isOneOf(err error, errnos ...unix.Errno) bool {
	for _, errno := range errnos {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
