//go:build unix

package secrets

import (
	"errors"

	"golang.org/x/sys/unix"
)

// openNonblock opens a pipe without its writer.
const openNonblock = unix.O_NONBLOCK

// noSuchFile is why there is no file behind a path; empty for any other error.
func noSuchFile(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		switch errno {
		case unix.ENOENT, unix.ENOTDIR, unix.ELOOP, unix.ENAMETOOLONG:
			return errno.Error()
		}
	}
	return ""
}
