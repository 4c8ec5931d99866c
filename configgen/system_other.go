//go:build !linux

package configgen

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// openPath has no counterpart of Linux's O_PATH: a directory must be readable.
const openPath = unix.O_RDONLY

// readLink reads a symbolic link and its status. ENOTDIR: it is not a link. In between, only a user who may write to the
// directory can exchange the link, and the walk refuses a directory of such a user.
func readLink(dir int, name string) (target string, st *unix.Stat_t, err error) {
	st = new(unix.Stat_t)
	if err := unix.Fstatat(dir, name, st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return "", nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", nil, unix.ENOTDIR
	}
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, text)
	if err != nil {
		return "", nil, err
	}
	return string(text[:n]), st, nil
}

// swapNames is not used here: the caller then renames twice.
func swapNames(int, string, string) error { return errors.ErrUnsupported }

// actsAsAnyOwner says whether tsboot may do what only a file's owner may.
func actsAsAnyOwner() bool { return os.Geteuid() == 0 }

// changesOwners says whether tsboot may give its files to other users.
func changesOwners() bool { return os.Geteuid() == 0 }

// immutable and isMountPoint find nothing here: the write itself then tells.
func immutable(int, string) bool    { return false }
func isMountPoint(int, string) bool { return false }
