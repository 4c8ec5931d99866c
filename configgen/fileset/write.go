package fileset

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// Write writes one file, whole or not at all, at a path that a person named: its
// directories may belong to any user. An equal file is left alone. A failure
// leaves nothing behind; temporary files of killed processes are removed. The
// error is a *WriteError.
func Write(f File) (changed bool, err error) {
	t := newTarget(f, nil)
	t.trust.anyone = true
	return t.write()
}

// write writes the target, unless an equal file is there.
func (t *target) write() (changed bool, err error) {
	defer t.close()
	err = t.open()
	if err == nil {
		var same bool
		if same, err = t.unchanged(); same {
			return false, nil
		}
	}
	if err == nil {
		err = t.writeTemp()
	}
	if err != nil {
		t.undo()
		return false, err
	}
	_, err = commit([]*target{t}, false)
	return err == nil, err
}

// A target is one file to write: a temporary file in the same directory gets mode
// 0600, then content, owner and mode, is synced and renamed over the target.
//
// renameio does most of this, but its temporary names look like an operator's own
// files, so what SIGKILL leaves behind could not be removed.
type target struct {
	file        File
	owner       *Owner
	trust       trust
	base        string
	walk        *walker // at the file's directory after open
	made        []madeDirectory
	temp        string // name of the temporary file, while it is there
	lock        *os.File
	backup      string      // name of the replaced file, while it may have to be restored
	kept        *KeptFile   // what became of the backup; nil: nothing yet
	remove      bool        // leave no file there
	fingerprint fingerprint // of the file as it will be
	differs     bool        // from the file on disk: it has to be written
}

func newTarget(f File, owner *Owner) *target {
	t := &target{file: f, owner: owner, trust: trustOf(f, owner), base: path.Base(f.Path)}
	if f.Owner != nil {
		t.owner = f.Owner
	}
	return t
}

func (t *target) dir() *directory { return &t.walk.at }

// open opens the file's directory, makes missing parts of it, and sweeps it.
func (t *target) open() error {
	if err := t.find(); err != nil {
		return err
	}
	var err error
	if t.made, err = t.walk.makeMissing(t.file.Owner); err != nil {
		return t.fail("make directory "+path.Join(t.dir().path, t.walk.missing[0]), err, t.dir())
	}
	t.dir().sweep()
	return nil
}

// find walks towards the file's directory, as far as there are directories.
func (t *target) find() (err error) {
	t.walk, err = walk(path.Dir(t.file.Path), t.trust)
	if err != nil {
		return t.fail("open its directory", err, t.dir())
	}
	return nil
}

// uid and gid are those that the file will have. In a directory with the setgid
// bit, files have the directory's group.
func (t *target) uid() int {
	if t.owner != nil {
		return t.owner.UID
	}
	return os.Geteuid()
}

func (t *target) gid() int {
	switch {
	case t.owner != nil:
		return t.owner.GID
	case t.dir().stat.Mode&unix.S_ISGID != 0:
		return int(t.dir().stat.Gid)
	}
	return os.Getegid()
}

// groupMatters says whether the mode gives the group a right; without one, any
// group will do.
func (t *target) groupMatters() bool { return t.file.Mode&0o070 != 0 }

// right says whether mode and owner are those that this boot would write.
func (t *target) right(st *unix.Stat_t) bool {
	return uint32(st.Mode) == unix.S_IFREG|uint32(t.file.Mode.Perm()) && int(st.Uid) == t.uid() &&
		(int(st.Gid) == t.gid() || !t.groupMatters())
}

// look gives the status of the file at the path; nil when there is none.
func (t *target) look() (*unix.Stat_t, error) {
	var st unix.Stat_t
	err := unix.Fstatat(t.dir().fd, t.base, &st, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil, nil
	case err != nil:
		return nil, t.fail("look at it", err, t.dir())
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return nil, t.fail("replace it", unix.EISDIR, t.dir())
	}
	return &st, nil
}

// unchanged says whether the file at the path has this content, mode and owner.
func (t *target) unchanged() (bool, error) {
	st, err := t.look()
	if err != nil || st == nil || !t.right(st) || st.Size != int64(len(t.file.Content)) {
		return false, err
	}
	fd, err := openAt(t.dir().fd, t.base, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false, nil // tsboot may not read it: replace it
	}
	f := os.NewFile(uintptr(fd), t.file.Path)
	defer f.Close()
	var opened unix.Stat_t
	if unix.Fstat(fd, &opened) != nil || opened.Ino != st.Ino || opened.Dev != st.Dev {
		return false, nil
	}
	there, err := io.ReadAll(io.LimitReader(f, st.Size+1))
	t.fingerprint = fingerprintOf(t.file.Path, &opened)
	return err == nil && bytes.Equal(there, t.file.Content), nil
}

// writeTemp writes the temporary file, with the content, owner and mode of the file.
func (t *target) writeTemp() error {
	f, err := t.create()
	if err != nil {
		return t.fail("make a temporary file beside it", err, t.dir())
	}
	t.lock = f // until the temporary name is gone
	if _, err := f.Write(t.file.Content); err != nil {
		return t.fail("write", err, t.dir())
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return t.fail("look at the temporary file", err, t.dir())
	}
	if err := t.setOwner(int(f.Fd()), &st); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return t.fail("sync", err, t.dir())
	}
	t.fingerprint = fingerprintOf(t.file.Path, &st)
	return nil
}

// setOwner gives the file its group, mode and user, in this order. The mode is set
// while tsboot's user still owns the file, so CAP_CHOWN is enough; and the group is
// set before the mode gives it rights.
func (t *target) setOwner(fd int, st *unix.Stat_t) error {
	if int(st.Gid) != t.gid() && (t.owner != nil || t.groupMatters()) {
		if err := unix.Fchown(fd, -1, t.gid()); err != nil {
			return t.chownError(err)
		}
	}
	if err := unix.Fchmod(fd, uint32(t.file.Mode.Perm())); err != nil {
		return t.fail("set its mode", err, t.dir())
	}
	if int(st.Uid) != t.uid() {
		if err := unix.Fchown(fd, t.uid(), -1); err != nil {
			return t.chownError(err)
		}
	}
	return nil
}

// create makes the temporary file and locks it. The lock ends with the process, so
// a sweep knows which files are still being written. When a sweep removes the file
// before it is locked, create makes another.
func (t *target) create() (*os.File, error) {
	for try := 0; ; try++ {
		name := tempName()
		fd, err := openAt(t.dir().fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0o600)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		if err != nil {
			return nil, err
		}
		t.temp = name
		f := os.NewFile(uintptr(fd), t.file.Path)
		if !swept(f) || try == 100 {
			return f, nil
		}
		_ = unix.Unlinkat(t.dir().fd, name, 0)
		f.Close()
	}
}

func tempName() string { return tempPrefix + strconv.FormatUint(rand.Uint64(), 36) }

// undo removes the temporary file and the directories that a failed write made.
func (t *target) undo() {
	if t.temp != "" {
		_ = unix.Unlinkat(t.dir().fd, t.temp, 0)
		t.temp = ""
	}
	for i := len(t.made) - 1; i >= 0; i-- {
		_ = unix.Unlinkat(t.made[i].parent, t.made[i].name, unix.AT_REMOVEDIR)
	}
}

func (t *target) close() {
	if t.lock != nil {
		t.lock.Close()
	}
	for _, d := range t.made {
		unix.Close(d.parent)
	}
	if t.walk != nil {
		t.walk.close()
	}
}
