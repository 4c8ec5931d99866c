//go:build !linux

package fileset

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// openPath is the flag that opens a directory. Only Linux has O_PATH: here a
// directory must be readable.
const openPath = unix.O_RDONLY

// readLink reads a symbolic link and its status. The error is ENOTDIR for what is
// not a link. A user who may write to the directory could exchange the link in
// between, but the walk refuses such a directory.
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

// swapNames is not supported: the caller renames twice instead.
func swapNames(int, string, string) error { return errors.ErrUnsupported }

// chownOpen gives a file that was opened with openPath to a user.
func chownOpen(fd, uid int) error { return unix.Fchown(fd, uid, -1) }

// actsAsAnyOwner says whether tsboot may do what only the owner of a file may.
func actsAsAnyOwner() bool { return os.Geteuid() == 0 }

// changesOwners says whether tsboot may give its files to other users.
func changesOwners() bool { return os.Geteuid() == 0 }

// immutable and isMountPoint always say no: the write itself shows the error.
func immutable(int, string) bool    { return false }
func isMountPoint(int, string) bool { return false }
