package fileset

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// errNotKept is about a kept file that is not there any more.
var errNotKept = errors.New("it is gone, or something else is in its place")

// Restore puts back what was kept, with mode and owner as before, and removes files
// that were not there before: all of them, or none. The record is among them. What
// another program has put in the place of a file since is replaced, as by Apply. The
// error is a *WriteError. A nil Kept has nothing to put back.
func (k *Kept) Restore() error {
	if k == nil {
		return nil
	}
	targets, err := k.open()
	defer closeAll(targets)
	if err != nil {
		return err
	}
	for i, t := range targets {
		if err = k.Files[i].stage(t); err != nil {
			break
		}
	}
	if err == nil {
		_, err = commit(targets, false)
	}
	if err != nil {
		k.unstage(targets)
		return err
	}
	for i, t := range targets {
		_ = unix.Unlinkat(t.dir().fd, k.Files[i].Name, 0) // else the next sweep does
	}
	return nil
}

// stage gives a kept file a second name, by which it will be renamed into place, and
// its mode and owner. Where there are no second names, the only one is used: if the
// rename of another file fails then, this one may be lost, and what is in place stays.
func (k *KeptFile) stage(t *target) error {
	if k.Name == "" {
		t.remove = true
		return nil
	}
	const op = "put the previous file back"
	dir := t.dir().fd
	err := withFile(dir, k.Name, func(_ int, st *unix.Stat_t) error {
		if !k.is(st) {
			return errNotKept
		}
		return nil
	})
	if errors.Is(err, unix.ENOENT) {
		err = errNotKept
	}
	if err != nil {
		return t.fail(op, err, t.dir())
	}
	if err := k.show(dir, k.Name); err != nil {
		return t.fail(op, err, t.dir())
	}
	t.temp = tempName()
	if err := unix.Linkat(dir, k.Name, dir, t.temp, 0); err != nil {
		if err := unix.Renameat(dir, k.Name, dir, t.temp); err != nil {
			t.temp = ""
			return t.fail(op, err, t.dir())
		}
	}
	return nil
}

// Discard removes what was kept. It goes on after an error, which is a *WriteError. A
// nil Kept has nothing to remove.
func (k *Kept) Discard() error {
	if k == nil {
		return nil
	}
	targets, first := k.open()
	defer closeAll(targets)
	for i, t := range targets {
		if t == nil || k.Files[i].Name == "" {
			continue
		}
		if err := unix.Unlinkat(t.dir().fd, k.Files[i].Name, 0); err != nil && !errors.Is(err, unix.ENOENT) && first == nil {
			first = t.fail("remove the previous file beside it", err, t.dir())
		}
	}
	return first
}

// Hold locks what was kept until release is called: another tsboot, which sweeps the
// same directory, then sees that it is in use. On a file system without locks nothing
// is swept.
func (k *Kept) Hold() (release func()) {
	if k == nil {
		return func() {}
	}
	targets, _ := k.open()
	defer closeAll(targets)
	var held []*os.File
	for i, t := range targets {
		if t == nil {
			continue
		}
		fd, err := openAt(t.dir().fd, k.Files[i].Name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
		if err != nil {
			continue // there was no file, or it is not one to lock
		}
		held = append(held, os.NewFile(uintptr(fd), path.Base(t.file.Path)))
		_ = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	}
	return func() {
		for _, f := range held {
			f.Close()
		}
	}
}

// open walks to the directory of every file. A target is nil where that failed; the
// error is the first one.
func (k *Kept) open() (targets []*target, first error) {
	for i := range k.Files {
		t := newTarget(File{Path: k.Files[i].Path, Trusted: k.Files[i].Trusted}, k.Files[i].Owner)
		err := t.find()
		if err == nil && len(t.walk.missing) > 0 {
			err = t.fail("open its directory", unix.ENOENT, t.dir())
		}
		if err != nil {
			t.close()
			t = nil
			if first == nil {
				first = err
			}
		}
		targets = append(targets, t)
	}
	return targets, first
}

// unstage removes the second names, and hides what is kept on.
func (k *Kept) unstage(targets []*target) {
	for i, t := range targets {
		t.undo()
		k.Files[i].hideAgain(t.dir().fd)
	}
}

func closeAll(targets []*target) {
	for _, t := range targets {
		if t != nil {
			t.close()
		}
	}
}
