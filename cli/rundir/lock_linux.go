package rundir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockTries is how often lock begins again because the file was removed meanwhile by a program that ended.
const lockTries = 10

// lock takes the lock of a run directory. It is a lock of the process (fcntl): the kernel drops it when the process ends,
// however that happens, no child has it, and the kernel knows who holds it. The file stays empty.
func (p Program) lock(dir *os.File, path string) (*os.File, error) {
	lockName := p.lockName()
	name := filepath.Join(path, lockName)
	for range lockTries {
		fd, err := unix.Openat(int(dir.Fd()), lockName, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
		file := os.NewFile(uintptr(fd), name)
		if err := p.take(file, path); err != nil {
			_ = file.Close()
			return nil, err
		}
		var st unix.Stat_t
		own, err := inodeOf(file)
		if err == nil {
			err = unix.Fstatat(int(dir.Fd()), lockName, &st, unix.AT_SYMLINK_NOFOLLOW)
		}
		if err == nil && own == (inode{st.Dev, st.Ino}) {
			return file, nil
		}
		_ = file.Close()
	}
	return nil, fmt.Errorf("lock %s: others make and remove it all the time", name)
}

// take locks the file, or says who has.
func (p Program) take(file *os.File, path string) error {
	for range lockTries {
		whole := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
		err := unix.FcntlFlock(file.Fd(), unix.F_SETLK, &whole)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
			return &os.PathError{Op: "lock", Path: file.Name(), Err: err}
		}
		holder := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
		if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &holder); err != nil {
			return &os.PathError{Op: "ask who locks", Path: file.Name(), Err: err}
		}
		if holder.Type != unix.F_UNLCK {
			return &HeldError{Program: p, Dir: path, PID: int(max(0, holder.Pid))}
		}
	}
	return fmt.Errorf("lock %s: others lock and unlock it all the time", file.Name())
}
