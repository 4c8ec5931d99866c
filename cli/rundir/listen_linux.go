package rundir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	openTimeout = 2 * time.Second // for the directory: it may be on a file system that does not answer
	backlog     = 4096            // clients that wait to be accepted; the kernel takes its own limit where that is lower
)

// A Listener has a run directory to itself and listens on the socket in it.
type Listener struct {
	net.Listener
	program Program
	dir     *os.File
	lock    *os.File
	socket  inode
}

// inode says whether a name still means the same file.
type inode struct{ dev, ino uint64 }

// Listen makes the directory where it is missing, takes its lock and listens. A *HeldError: another has it. It
// gives up when ctx ends, or after two seconds.
func (p Program) Listen(ctx context.Context, dir string) (*Listener, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	type answer struct {
		listener *Listener
		err      error
	}
	opened := make(chan answer, 1)
	go func() {
		l, err := p.listen(dir)
		opened <- answer{l, err}
	}()
	select {
	case a := <-opened:
		return a.listener, a.err
	case <-ctx.Done():
		go func() {
			if a := <-opened; a.err == nil {
				_ = a.listener.Close()
			}
		}()
		return nil, fmt.Errorf("open the run directory %s: no answer within %v", dir, openTimeout)
	}
}

func (p Program) listen(path string) (_ *Listener, err error) {
	l := &Listener{program: p}
	defer func() {
		if err != nil {
			l.release()
		}
	}()
	if l.dir, err = openDir(path); err != nil {
		return nil, err
	}
	if l.lock, err = p.lock(l.dir, path); err != nil {
		return nil, err
	}
	if err := p.removeStale(l.dir, path); err != nil {
		return nil, err
	}
	return l, l.bind(path)
}

// openDir opens the run directory, and makes it with the mode 0700 where it is missing.
func openDir(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the run directory %s: %w", path, err)
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the run directory %s: %w", path, err)
	}
	dir, err := os.OpenFile(path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, fmt.Errorf("open the run directory %s: %w", path, err)
	}
	return dir, nil
}

// removeStale removes the socket of a program that was killed. What is not a socket, or is one that somebody listens on,
// is not removed.
func (p Program) removeStale(dir *os.File, path string) error {
	name := filepath.Join(path, p.socketName())
	var st unix.Stat_t
	switch err := unix.Fstatat(int(dir.Fd()), p.socketName(), &st, unix.AT_SYMLINK_NOFOLLOW); {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		return &os.PathError{Op: "look at", Path: name, Err: err}
	case st.Mode&unix.S_IFMT != unix.S_IFSOCK:
		return fmt.Errorf("make the socket %s: something that is not a socket has this name: remove it", name)
	}
	conn, err := net.Dial("unix", p.address(dir, path))
	if err == nil {
		defer conn.Close()
		peer, err := peerOf(conn.(*net.UnixConn))
		if err != nil {
			return fmt.Errorf("ask who listens on %s: %w", name, err)
		}
		return &HeldError{Program: p, Dir: path, PID: int(peer.Pid)}
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("look whether somebody listens on %s: %w", name, err)
	}
	if err := unix.Unlinkat(int(dir.Fd()), p.socketName(), 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return &os.PathError{Op: "remove the stale socket", Path: name, Err: err}
	}
	return nil
}

// bind makes the socket. Its mode is that of the descriptor, so that it is 0600 from the first instant whatever the umask
// is, which a process with several threads cannot change for one of them.
func (l *Listener) bind(path string) error {
	socketName := l.program.socketName()
	name := filepath.Join(path, socketName)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("make a socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close() // the listener has a duplicate
	if err := unix.Fchmod(fd, 0o600); err != nil {
		return fmt.Errorf("set the mode of the socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: l.program.address(l.dir, path)}); err != nil {
		return &os.PathError{Op: "make the socket", Path: name, Err: err}
	}
	var st unix.Stat_t
	if err := unix.Fstatat(int(l.dir.Fd()), socketName, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &os.PathError{Op: "look at the socket", Path: name, Err: err}
	}
	l.socket = inode{st.Dev, st.Ino}
	if st.Mode&0o777 != 0o600 { // the umask takes more away than usual, or the kernel does not know the mode of a socket
		if err := unix.Fchmodat(int(l.dir.Fd()), socketName, 0o600, 0); err != nil {
			return &os.PathError{Op: "set the mode of", Path: name, Err: err}
		}
	}
	if err := unix.Listen(fd, backlog); err != nil {
		return fmt.Errorf("listen on %s: %w", name, err)
	}
	l.Listener, err = net.FileListener(file)
	return err
}

// Close stops listening and removes the socket and the lock. What another has put in their place stays.
func (l *Listener) Close() error {
	err := l.Listener.Close()
	l.release()
	return err
}

// release gives back what listen took so far.
func (l *Listener) release() {
	if l.socket != (inode{}) {
		l.unlink(l.program.socketName(), l.socket)
	}
	if l.lock != nil {
		if own, err := inodeOf(l.lock); err == nil {
			l.unlink(l.program.lockName(), own)
		}
		_ = l.lock.Close()
	}
	if l.dir != nil {
		_ = l.dir.Close()
	}
}

// unlink removes a name that still means the same file.
func (l *Listener) unlink(name string, own inode) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(l.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err == nil && (inode{st.Dev, st.Ino}) == own {
		_ = unix.Unlinkat(int(l.dir.Fd()), name, 0) // the next one replaces what is left
	}
}

func inodeOf(file *os.File) (inode, error) {
	var st unix.Stat_t
	err := unix.Fstat(int(file.Fd()), &st)
	return inode{st.Dev, st.Ino}, err
}
