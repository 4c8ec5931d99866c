package sink

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openForAppend opens or makes a file. A file can be read, too, to see how it ends. For a pipe that nobody reads this is an error,
// not a wait.
func openForAppend(path string) (*os.File, error) {
	access := os.O_RDWR
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		access = os.O_WRONLY
	}
	return os.OpenFile(path, access|os.O_CREATE|os.O_APPEND|unix.O_NONBLOCK|unix.O_NOCTTY, fileMode)
}

// imitate gives a file the mode and the owner of another. That it cannot give it away is no error: then it is its own.
func imitate(file *os.File, other fs.FileInfo) error {
	if owner, ok := other.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(owner.Uid), int(owner.Gid))
	}
	return file.Chmod(other.Mode().Perm())
}
