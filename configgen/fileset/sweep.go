package fileset

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// tempPrefix begins the name of every temporary file and backup.
const tempPrefix = ".tsboot-tmp-"

// sweep removes the temporary and the kept files of processes that are gone.
func (d *directory) sweep() {
	fd, err := openAt(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return
	}
	dir := os.NewFile(uintptr(fd), d.path)
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		if strings.HasPrefix(name, tempPrefix) || strings.HasPrefix(name, keptPrefix) {
			d.removeAbandoned(name)
		}
	}
}

// removeAbandoned removes a temporary file whose lock no process has. It keeps the
// lock until the file is removed, so that swept sees one or the other. A link or a
// pipe cannot be locked: it is the backup of a process that died.
func (d *directory) removeAbandoned(name string) {
	var st unix.Stat_t
	if err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return
	case unix.S_IFREG:
		fd, err := openAt(d.fd, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
		if err != nil {
			return
		}
		defer unix.Close(fd)
		if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) != nil {
			return
		}
	}
	_ = unix.Unlinkat(d.fd, name, 0)
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
