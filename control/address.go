package control

import (
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

const socketName = "tsboot.sock"

// fits says whether the socket of a run directory has a path that the kernel takes as an address: 107 bytes on Linux.
func fits(path string) bool {
	return len(filepath.Join(path, socketName)) < len(unix.RawSockaddrUnix{}.Path)
}

// address names the socket of a run directory. Where its path is too long it goes by the descriptor of the directory,
// which needs /proc.
func address(dir *os.File, path string) string {
	if fits(path) {
		return filepath.Join(path, socketName)
	}
	return filepath.Join("/proc/self/fd", strconv.Itoa(int(dir.Fd())), socketName)
}
