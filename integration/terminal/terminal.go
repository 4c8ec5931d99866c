//go:build linux

// Package terminal opens pseudo-terminals for tests.
package terminal

import (
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Open returns both ends of a new terminal. Closing the master hangs the terminal
// up, also while something reads from it.
func Open() (master, slave *os.File, err error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, nil, err
	}
	defer blocking.Close()
	if master, err = polled(blocking); err != nil {
		_ = slave.Close()
		return nil, nil, err
	}
	return master, slave, nil
}

// polled is the same file with a descriptor that the runtime's poller waits for:
// only then does closing it end a read.
func polled(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
