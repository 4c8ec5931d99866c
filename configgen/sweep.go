package configgen

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// tempPrefix begins the name of every temporary file and backup.
const tempPrefix = ".tsboot-tmp-"

// sweep removes the temporary files of processes that are gone.
func (d *directory) sweep() {
	fd, err := openAt(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return
	}
	dir := os.NewFile(uintptr(fd), d.path)
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		if strings.HasPrefix(name, tempPrefix) && d.abandoned(name) {
			_ = unix.Unlinkat(d.fd, name, 0)
		}
	}
}

// abandoned says whether no process holds the lock of a temporary file. A link or
// a pipe cannot be locked: it is the backup of a process that died.
func (d *directory) abandoned(name string) bool {
	var st unix.Stat_t
	if err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return false
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		return false
	default:
		return true
	}
	fd, err := openAt(d.fd, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil
}

// swept locks the file, or reports that a sweep was faster. On a file system
// without locks nothing is swept.
func swept(f *os.File) bool {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true
	}
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) == nil && st.Nlink == 0
}
