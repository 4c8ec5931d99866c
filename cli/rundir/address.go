package rundir

import (
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// fits says whether the socket of a run directory has a path that the kernel takes as an address: 107 bytes on Linux.
func (p Program) fits(path string) bool {
	return len(filepath.Join(path, p.socketName())) < len(unix.RawSockaddrUnix{}.Path)
}

// address names the socket of a run directory. Where its path is too long it goes by the descriptor of the directory,
// which needs /proc.
func (p Program) address(dir *os.File, path string) string {
	if p.fits(path) {
		return filepath.Join(path, p.socketName())
	}
	return filepath.Join("/proc/self/fd", strconv.Itoa(int(dir.Fd())), p.socketName())
}
