package fileset

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/capability"
)

// openPath is the flag that opens a directory or link without reading it.
const openPath = unix.O_PATH

// readLink reads a symbolic link and its status from one open file, so the link
// cannot be exchanged in between. The error is ENOTDIR for what is not a link.
func readLink(dir int, name string) (target string, st *unix.Stat_t, err error) {
	fd, err := openAt(dir, name, openPath|unix.O_NOFOLLOW, 0)
	if err != nil {
		return "", nil, err
	}
	defer unix.Close(fd)
	st = new(unix.Stat_t)
	if err := unix.Fstat(fd, st); err != nil {
		return "", nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", nil, unix.ENOTDIR
	}
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", text)
	if err != nil {
		return "", nil, err
	}
	return string(text[:n]), st, nil
}

// swapNames exchanges two names of a directory in one step, where the file system
// supports it.
func swapNames(dir int, a, b string) error {
	return unix.Renameat2(dir, a, dir, b, unix.RENAME_EXCHANGE)
}

// chownOpen gives a file that was opened with openPath to a user.
func chownOpen(fd, uid int) error { return unix.Fchownat(fd, "", uid, -1, unix.AT_EMPTY_PATH) }

// actsAsAnyOwner says whether tsboot may do what only the owner of a file may.
func actsAsAnyOwner() bool { return capable(unix.CAP_FOWNER) }

// changesOwners says whether tsboot may give its files to other users.
func changesOwners() bool { return capable(unix.CAP_CHOWN) }

// capable says whether tsboot has a capability; where that is not known, root has.
func capable(number uint) bool {
	effective, err := capability.Effective()
	if err != nil {
		return os.Geteuid() == 0
	}
	return effective.Has(number)
}

// immutable says whether a file in a directory, or for an empty name the directory,
// has the immutable attribute.
func immutable(dir int, name string) bool {
	return hasAttribute(dir, name, unix.STATX_ATTR_IMMUTABLE)
}

func hasAttribute(dir int, name string, attribute uint64) bool {
	var st unix.Statx_t
	err := unix.Statx(dir, name, unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, unix.STATX_BASIC_STATS, &st)
	return err == nil && st.Attributes&attribute != 0
}

// isMountPoint says whether something is mounted on a file.
func isMountPoint(dir int, name string) bool {
	return hasAttribute(dir, name, unix.STATX_ATTR_MOUNT_ROOT)
}
