package fileset

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Kept names what Apply has replaced and kept: each file beside the one that took its
// place, for tsboot's user alone. It is plain data without any content, so the
// process that applied can give it to another one. After Restore or Discard it is of
// no more use. The time that they take is that of the file system: a caller who
// cannot wait for one that hangs leaves them behind.
//
// If tsboot dies, the new files stay as they are, and the next Apply removes what was
// kept.
type Kept struct {
	Files []KeptFile // the record first
}

// KeptFile is one of them.
type KeptFile struct {
	Path    string // of the file that took its place
	Owner   *Owner // as of Apply
	Trusted []int  // as of File, with the file's owner
	Name    string // in the same directory; empty: there was no file before
	Mode    uint32 // with its type; before it was hidden from others
	UID     int    // as Mode
	Dev     uint64
	Inode   uint64
	Mtime   unix.Timespec // an inode may be used again

	Hidden bool // mode and owner have been changed
}

// keptPrefix begins the name of a kept file.
const keptPrefix = ".tsboot-previous-"

// keptName is the name of a kept file; n tells apart those whose name is too long.
func keptName(base string, n int) string {
	name := keptPrefix + base
	if len(name) <= maxName {
		return name
	}
	end := "-" + strconv.Itoa(n)
	return name[:maxName-len(end)] + end
}

// keepBackups keeps the backups of targets that are all in place: it hides each from
// others, then gives it its name. On an error everything is as before the commit.
func keepBackups(targets []*target) (*Kept, error) {
	kept := &Kept{}
	for n, t := range targets {
		if err := t.keep(keptName(t.base, n)); err != nil {
			return nil, rollback(targets, len(targets), err)
		}
	}
	for _, t := range targets {
		kept.Files = append(kept.Files, *t.kept)
	}
	return kept, nil
}

func (t *target) keep(name string) error {
	t.kept = &KeptFile{Path: t.file.Path, Owner: t.trust.owner, Trusted: t.trust.others}
	if t.backup == "" {
		return nil
	}
	dir := t.dir().fd
	err := t.kept.hide(dir, t.backup)
	if err == nil {
		err = unix.Renameat(dir, t.backup, dir, name)
	}
	if err != nil {
		return t.fail("keep the previous file beside it", err, t.dir())
	}
	t.backup, t.kept.Name = name, name
	return nil
}

// hide takes a file from all other users. What is not a file, or has other names, is
// left as it is: those who can reach it by them could read it all the time. So is a
// file that another user has put there, where tsboot may not change it.
func (k *KeptFile) hide(dir int, name string) error {
	return withFile(dir, name, func(fd int, st *unix.Stat_t) error {
		k.Mode, k.UID, k.Dev, k.Inode, k.Mtime = uint32(st.Mode), int(st.Uid), uint64(st.Dev), st.Ino, st.Mtim
		if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 {
			return nil
		}
		err := cover(dir, name, fd, st)
		k.Hidden = err == nil
		if errors.Is(err, unix.EPERM) {
			return nil
		}
		return err
	})
}

// hideAgain hides a kept file that Restore has shown.
func (k *KeptFile) hideAgain(dir int) {
	if !k.Hidden {
		return
	}
	_ = withFile(dir, k.Name, func(fd int, st *unix.Stat_t) error {
		if !k.is(st) {
			return errNotKept
		}
		return cover(dir, k.Name, fd, st)
	})
}

// cover gives a file to tsboot's user alone.
func cover(dir int, name string, fd int, st *unix.Stat_t) error {
	if int(st.Uid) != os.Geteuid() {
		if err := chownOpen(fd, os.Geteuid()); err != nil {
			return err
		}
	}
	return chmodOpen(dir, name, st, 0o600)
}

// show undoes hide. A nil k has hidden nothing.
func (k *KeptFile) show(dir int, name string) error {
	if k == nil || !k.Hidden {
		return nil
	}
	return withFile(dir, name, func(fd int, st *unix.Stat_t) error {
		if !k.is(st) {
			return errNotKept
		}
		err := chmodOpen(dir, name, st, k.Mode&0o7777)
		if err == nil && k.UID != os.Geteuid() {
			err = chownOpen(fd, k.UID)
		}
		return err
	})
}

// is says whether a file is the one that was kept.
func (k *KeptFile) is(st *unix.Stat_t) bool {
	return uint64(st.Dev) == k.Dev && st.Ino == k.Inode && st.Mtim == k.Mtime && uint32(st.Mode)&unix.S_IFMT == k.Mode&unix.S_IFMT
}

// withFile calls f with a file that is opened for its owner only, not to be read: so
// it need not be readable.
func withFile(dir int, name string, f func(fd int, st *unix.Stat_t) error) error {
	fd, err := openAt(dir, name, openPath|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	return f(fd, &st)
}

// chmodOpen sets the mode of a file, by a descriptor: the name could be exchanged.
func chmodOpen(dir int, name string, want *unix.Stat_t, mode uint32) error {
	fd, err := openAt(dir, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Dev != want.Dev || st.Ino != want.Ino {
		return errNotKept
	}
	return unix.Fchmod(fd, mode)
}
