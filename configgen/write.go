package configgen

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Owner is who a written file belongs to.
type Owner struct{ UID, GID int }

// Write brings a file onto disk, whole or not at all: a temporary file in the
// same directory, 0600 before it has content, synced, owned and renamed over
// the target, the directory synced after. A file that is already so is left
// alone. On failure nothing is left behind, and what a killed predecessor left
// is removed. The error is a *WriteError.
//
// renameio does most of this, but its temporary names cannot be told from an
// operator's own files, so what SIGKILL leaves could never be swept.
func Write(f Rendered, owner *Owner) (changed bool, err error) {
	w := &writer{file: f, owner: owner, dir: path.Dir(f.Path), base: path.Base(f.Path)}
	defer func() {
		if err != nil {
			w.undo()
		}
		w.close()
	}()
	if err := w.open(); err != nil {
		return false, err
	}
	same, err := w.unchanged()
	if err != nil || same {
		return false, err
	}
	if err := w.replace(); err != nil {
		return false, err
	}
	return true, nil
}

// Unchanged reports whether Write would leave the file alone. It touches nothing.
func Unchanged(f Rendered, owner *Owner) bool {
	w := &writer{file: f, owner: owner, dir: path.Dir(f.Path), base: path.Base(f.Path)}
	defer w.close()
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		return false
	}
	w.root = root
	same, err := w.unchanged()
	return err == nil && same
}

// writer is one Write.
type writer struct {
	file      Rendered
	owner     *Owner
	dir, base string
	root      *os.Root // the directory, whatever is renamed meanwhile
	made      []string // directories that were not there
	temp      string   // name in root, while it is there
}

const tempPrefix = ".tsboot-tmp-"

// open makes the parents, refuses a directory that others could play in, and
// sweeps it.
func (w *writer) open() error {
	if err := w.makeParents(); err != nil {
		return err
	}
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		if info, e := os.Stat(w.dir); e == nil && !info.IsDir() {
			err = unix.ENOTDIR // os has no number for that
		}
		return w.fail("open its directory", err)
	}
	w.root = root
	info, err := root.Stat(".")
	if err != nil {
		return w.fail("look at its directory", err)
	}
	if openToAll(info.Mode()) {
		return w.openDirectory()
	}
	w.sweep()
	return nil
}

// openToAll: others could put their own file in the place of ours.
func openToAll(mode fs.FileMode) bool { return mode.Perm()&0o002 != 0 && mode&fs.ModeSticky == 0 }

func (w *writer) openDirectory() error {
	return &WriteError{
		Path: w.file.Path, Doing: "look at its directory", Err: errOpenDirectory,
		Mend: "run `chmod o-w " + w.dir + "`, or put the file into a directory below it",
	}
}

// makeParents makes missing directories 0755 whatever the umask: the agent may
// run as another user, and the file itself keeps its secret.
func (w *writer) makeParents() error {
	var missing []string
	for dir := w.dir; ; dir = path.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || dir == "/" || dir == "." {
			break
		}
		missing = append(missing, dir)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		dir := missing[i]
		if err := os.Mkdir(dir, 0o755); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return w.fail("make directory "+dir, err)
		}
		w.made = append(w.made, dir)
		if err := os.Chmod(dir, 0o755); err != nil {
			return w.fail("make directory "+dir, err)
		}
		if err := syncDir(path.Dir(dir)); err != nil {
			return w.fail("sync directory "+path.Dir(dir), err)
		}
	}
	return nil
}

// unchanged compares content, mode and owner with what is there.
func (w *writer) unchanged() (bool, error) {
	info, err := w.root.Lstat(w.base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, w.fail("look at it", err)
	case info.IsDir():
		return false, w.fail("replace it", unix.EISDIR)
	case !info.Mode().IsRegular(), info.Mode()&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky) != w.file.Mode, info.Size() != int64(len(w.file.Content)):
		return false, nil
	}
	f, err := w.root.OpenFile(w.base, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false, nil // not ours to read: to be replaced
	}
	defer f.Close()
	var st unix.Stat_t
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) || unix.Fstat(int(f.Fd()), &st) != nil {
		return false, nil
	}
	if w.owner != nil && (int(st.Uid) != w.owner.UID || int(st.Gid) != w.owner.GID) || w.owner == nil && int(st.Uid) != os.Geteuid() {
		return false, nil
	}
	there, err := io.ReadAll(io.LimitReader(f, info.Size()+1))
	return err == nil && bytes.Equal(there, w.file.Content), nil
}

// replace writes the temporary file and renames it over the target. A link
// there is replaced, not followed.
func (w *writer) replace() error {
	f, err := w.create()
	if err != nil {
		return w.fail("make a temporary file beside it", err)
	}
	defer f.Close() // keeps the lock until the temporary name is gone
	if _, err := f.Write(w.file.Content); err != nil {
		return w.fail("write", err)
	}
	if w.owner != nil {
		if err := f.Chown(w.owner.UID, w.owner.GID); err != nil {
			return w.fail("give it to uid "+strconv.Itoa(w.owner.UID)+", gid "+strconv.Itoa(w.owner.GID), err)
		}
	}
	if err := f.Chmod(w.file.Mode); err != nil {
		return w.fail("set its mode", err)
	}
	if err := f.Sync(); err != nil {
		return w.fail("sync", err)
	}
	if err := w.root.Rename(w.temp, w.base); err != nil {
		return w.fail("rename", err)
	}
	w.temp, w.made = "", nil
	if err := syncDir(w.dir); err != nil {
		return w.fail("sync its directory", err)
	}
	return nil
}

// create makes the temporary file and locks it: a lock ends with its process,
// so sweep can tell a dead one's file from one that is being written. A sweep
// that comes in before the lock takes the file, and another is made.
func (w *writer) create() (*os.File, error) {
	for try := 0; ; try++ {
		name := tempPrefix + strconv.FormatUint(rand.Uint64(), 36)
		f, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		if err != nil {
			return nil, err
		}
		w.temp = name
		if !swept(f) || try == 100 {
			return f, nil
		}
		_ = w.root.Remove(name)
		f.Close()
	}
}

// swept locks the file, or reports that a sweep had it first. A file system
// without locks is never swept.
func swept(f *os.File) bool {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true
	}
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) == nil && st.Nlink == 0
}

// sweep removes temporary files of processes that are gone.
func (w *writer) sweep() {
	dir, err := w.root.Open(".")
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		if !strings.HasPrefix(name, tempPrefix) {
			continue
		}
		if info, err := w.root.Lstat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		f, err := w.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = w.root.Remove(name)
		}
		f.Close()
	}
}

// undo removes what a failed Write made.
func (w *writer) undo() {
	if w.temp != "" {
		_ = w.root.Remove(w.temp)
	}
	for i := len(w.made) - 1; i >= 0; i-- {
		_ = os.Remove(w.made[i])
	}
}

func (w *writer) close() {
	if w.root != nil {
		w.root.Close()
	}
}

// syncDir makes names durable; a file system that cannot says EINVAL.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil // a directory may be writable and not readable
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}
