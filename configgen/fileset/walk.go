package fileset

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

// A directory is an open directory.
type directory struct {
	fd   int    // opened with openPath: good for every *at call
	path string // from the root, links resolved
	stat unix.Stat_t
}

// A step is one name of a path that is still to walk.
type step struct {
	name string
	link bool // it comes from the target of a symbolic link
}

// A walker goes from the root to a directory, one name at a time. It opens each
// directory relative to the one before, so a directory that was checked cannot be
// exchanged later, as it could with a path. It reads and follows symbolic links
// itself, to check the link and the directories that it leads through.
type walker struct {
	trust         trust
	at            directory
	todo          []step // in reverse: the last is the next
	missing       []string
	links         int
	groupWritable []string // directories that their group may write to
}

// walk goes towards dir, as far as there are directories; the rest of the names is
// in missing. On an error, at is the last directory that it could open.
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

// push puts the names of a path before those in todo.
func (w *walker) push(name string, link bool) {
	names := strings.Split(name, "/")
	for i := len(names) - 1; i >= 0; i-- {
		if names[i] != "" && names[i] != "." {
			w.todo = append(w.todo, step{names[i], link})
		}
	}
}

func (w *walker) enterRoot() error {
	fd, err := openAt(unix.AT_FDCWD, "/", openPath|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	return w.enter(fd, "/")
}

// step opens the directory of that name. O_DIRECTORY makes an automounter mount
// it. For a link, as for a file, the kernel answers ENOTDIR.
func (w *walker) step(name string) error {
	fd, err := openAt(w.at.fd, name, openPath|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	switch {
	case errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP):
		return w.follow(name)
	case err != nil:
		return err
	}
	return w.enter(fd, path.Join(w.at.path, name))
}

// enter checks an open directory and makes it the current one.
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

// follow follows a symbolic link.
func (w *walker) follow(name string) error {
	target, st, err := readLink(w.at.fd, name)
	if err != nil {
		return err
	}
	if w.links++; w.links > maxLinks {
		return unix.ELOOP
	}
	if err := w.trust.link(&w.at, path.Join(w.at.path, name), st); err != nil {
		return err
	}
	w.push(target, true)
	if path.IsAbs(target) {
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

// A madeDirectory is one that tsboot made.
type madeDirectory struct {
	parent int // as directory.fd
	name   string
}

// makeMissing makes the missing directories, with mode 0755 whatever the umask: the
// agent may run as another user, and the mode of the file itself keeps its secrets.
// They belong to tsboot's user and not to --user: a root without CAP_DAC_OVERRIDE
// could not write into them at the next boot. Where the file names its owner they are
// that user's.
func (w *walker) makeMissing(owner *Owner) (made []madeDirectory, err error) {
	for len(w.missing) > 0 {
		name := w.missing[0]
		err := unix.Mkdirat(w.at.fd, name, 0o700)
		if err == nil {
			var parent int
			if parent, err = openAt(w.at.fd, ".", openPath|unix.O_DIRECTORY, 0); err == nil {
				made = append(made, madeDirectory{parent, name})
				err = w.setMode(name, owner)
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

// setMode gives a new directory its mode and owner, through its descriptor.
func (w *walker) setMode(name string, owner *Owner) error {
	fd, err := openAt(w.at.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if int(st.Uid) != os.Geteuid() { // another one has replaced it
		return fmt.Errorf("it was replaced just now: %w", unix.EAGAIN)
	}
	if err := unix.Fchmod(fd, 0o755); err != nil {
		return err
	}
	if owner != nil {
		if err := unix.Fchown(fd, owner.UID, owner.GID); err != nil {
			return err
		}
	}
	return w.at.sync()
}

// sync makes names durable. A file system that has no sync answers EINVAL.
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

// openAt is openat with O_CLOEXEC. It tries again when a signal interrupts it, as
// happens on network file systems.
func openAt(dir int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, mode)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
