package configgen

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links one path may lead through, as in the kernel.
const maxLinks = 40

// A directory is an open one that was reached step by step.
type directory struct {
	fd   int    // O_PATH: good for every *at call
	path string // from the root, links resolved
	stat unix.Stat_t
}

// A step is one name of a path, not walked yet.
type step struct {
	name string
	link bool // it comes from the target of a symbolic link
}

// A walker goes from the root to a directory, one name at a time, each opened
// relative to the one before. Nobody can exchange a directory that it has
// checked, as one could with a path. Symbolic links are read and followed by hand: both
// the link and the directories that it leads through are checked.
type walker struct {
	trust         trust
	at            directory
	todo          []step // the next one is the last
	missing       []string
	links         int
	groupWritable []string // directories that their group may write to
}

// walk goes as far towards dir as there are directories; missing is what
// remains. On an error, at is the last directory that it could enter.
func walk(dir string, t trust) (*walker, error) {
	w := &walker{trust: t, at: directory{fd: -1, path: "/"}}
	w.push(dir, false)
	if err := w.enterRoot(); err != nil {
		return w, err
	}
	for len(w.todo) > 0 {
		next := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		err := w.step(next.name)
		if errors.Is(err, unix.ENOENT) && !next.link {
			w.missing = append(w.missing, next.name)
			for i := len(w.todo) - 1; i >= 0; i-- {
				w.missing = append(w.missing, w.todo[i].name)
			}
			return w, nil
		}
		if err != nil {
			w.todo = append(w.todo, next)
			return w, err
		}
	}
	return w, nil
}

// push puts the names of a path before those that are left.
func (w *walker) push(name string, link bool) {
	names := strings.Split(name, "/")
	for i := len(names) - 1; i >= 0; i-- {
		if names[i] != "" && names[i] != "." {
			w.todo = append(w.todo, step{names[i], link})
		}
	}
}

func (w *walker) enterRoot() error {
	fd, err := openAt(unix.AT_FDCWD, "/", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	return w.enter(fd, "/")
}

// step enters the directory of that name. With O_DIRECTORY an automounter
// mounts what belongs there; a link, like a file, is ENOTDIR.
func (w *walker) step(name string) error {
	fd, err := openAt(w.at.fd, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	switch {
	case errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP):
		return w.follow(name)
	case err != nil:
		return err
	}
	return w.enter(fd, path.Join(w.at.path, name))
}

// enter makes an open directory the one that the walk is at, if it can be trusted.
func (w *walker) enter(fd int, name string) error {
	next := directory{fd: fd, path: name}
	if err := unix.Fstat(fd, &next.stat); err != nil {
		unix.Close(fd)
		return err
	}
	if name == "/" {
		w.trust.ownerOfRoot(next.stat.Uid)
	}
	if err := w.trust.directory(&next); err != nil {
		unix.Close(fd)
		return err
	}
	if next.stat.Mode&0o020 != 0 && next.stat.Mode&unix.S_ISVTX == 0 {
		w.groupWritable = append(w.groupWritable, name)
	}
	w.close()
	w.at = next
	return nil
}

// follow goes where a symbolic link leads.
func (w *walker) follow(name string) error {
	fd, err := openAt(w.at.fd, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return unix.ENOTDIR
	}
	if w.links++; w.links > maxLinks {
		return unix.ELOOP
	}
	if err := w.trust.link(&w.at, path.Join(w.at.path, name), &st); err != nil {
		return err
	}
	target := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", target)
	if err != nil {
		return err
	}
	w.push(string(target[:n]), true)
	if path.IsAbs(string(target[:n])) {
		return w.enterRoot()
	}
	return nil
}

func (w *walker) close() {
	if w.at.fd >= 0 {
		unix.Close(w.at.fd)
		w.at.fd = -1
	}
}

// A madeDirectory is one that was not there.
type madeDirectory struct {
	parent int // O_PATH
	name   string
}

// make makes the directories that are missing, 0755 whatever the umask: the
// agent may run as another user, and the file itself keeps its secret. They
// stay tsboot's own: given to --user, a root without CAP_DAC_OVERRIDE could not
// write into them at the next boot.
func (w *walker) make() (made []madeDirectory, err error) {
	for len(w.missing) > 0 {
		name := w.missing[0]
		err := unix.Mkdirat(w.at.fd, name, 0o700)
		if err == nil {
			var parent int
			if parent, err = openAt(w.at.fd, ".", unix.O_PATH|unix.O_DIRECTORY, 0); err == nil {
				made = append(made, madeDirectory{parent, name})
				err = w.open(name)
			}
		}
		if err == nil || errors.Is(err, unix.EEXIST) {
			err = w.step(name)
		}
		if err != nil {
			return made, err
		}
		w.missing = w.missing[1:]
	}
	return made, nil
}

// open gives a directory that was just made its mode, through its descriptor.
func (w *walker) open(name string) error {
	fd, err := openAt(w.at.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if int(st.Uid) != os.Geteuid() { // another one was put in its place
		return fmt.Errorf("it was replaced just now: %w", unix.EAGAIN)
	}
	if err := unix.Fchmod(fd, 0o755); err != nil {
		return err
	}
	return w.at.sync()
}

// sync makes names durable; a file system that cannot says EINVAL.
func (d *directory) sync() error {
	fd, err := openAt(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil // a directory may be writable and not readable
	}
	defer unix.Close(fd)
	if err := unix.Fsync(fd); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}

// openAt is openat with what every caller wants: not inherited, and tried
// again when a signal interrupts it, as file systems of the network allow.
func openAt(dir int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, mode)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
