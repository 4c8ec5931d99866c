package configgen

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// commit puts staged files in their places, in order: all of them, or none.
// What was there before is kept beside it until the last one is in place, and
// put back when one cannot be.
func commit(targets []*target) error {
	for i, t := range targets {
		if err := t.moveIntoPlace(); err != nil {
			return rollback(targets, i+1, err)
		}
	}
	if err := syncAll(targets); err != nil {
		return rollback(targets, len(targets), err)
	}
	for _, t := range targets {
		t.dropBackup()
	}
	return nil
}

// syncAll makes the new names durable, each directory's once.
func syncAll(targets []*target) error {
	type inode struct{ dev, ino uint64 }
	done := make(map[inode]bool)
	for _, t := range targets {
		id := inode{t.dir().stat.Dev, t.dir().stat.Ino}
		if done[id] {
			continue
		}
		if err := t.dir().sync(); err != nil {
			return t.fail("sync its directory", err, t.dir())
		}
		done[id] = true
	}
	return nil
}

// place renames the temporary file over the target. A link there is replaced,
// not followed. What was in the place gets a second name first. Where it cannot
// have one (a file system without links, another user's file), the two change
// places at once; where they cannot, it is moved away, and for an instant nothing
// is in the place.
func (t *target) moveIntoPlace() error {
	dir, aside := t.dir().fd, tempName()
	if unix.Linkat(dir, t.base, dir, aside, 0) == nil {
		t.backup = aside
	} else if there, err := t.look(); err != nil {
		return err
	} else if there != nil {
		if unix.Renameat2(dir, t.temp, dir, t.base, unix.RENAME_EXCHANGE) == nil {
			t.backup, t.temp = t.temp, ""
			return nil
		}
		if err := unix.Renameat(dir, t.base, dir, aside); err != nil {
			return t.fail("rename", err, t.dir())
		}
		t.backup = aside
	}
	if err := unix.Renameat(dir, t.temp, dir, t.base); err != nil {
		return t.fail("rename", err, t.dir())
	}
	t.temp = ""
	return nil
}

// rollback takes the first so many back out of their places, the last one
// first, and removes all that was made for any.
func rollback(targets []*target, placed int, cause error) error {
	for i := placed - 1; i >= 0; i-- {
		t := targets[i]
		if err := t.restore(); err != nil {
			cause = fmt.Errorf("%w; and what was at %s before could not be put back: %w", cause, t.file.Path, err)
		}
		_ = t.dir().sync()
	}
	for i := len(targets) - 1; i >= 0; i-- {
		targets[i].undo()
	}
	return cause
}

func (t *target) restore() error {
	switch {
	case t.backup != "":
		// Two names of one file stay two: rename does nothing then.
		if err := unix.Renameat(t.dir().fd, t.backup, t.dir().fd, t.base); err != nil {
			return err
		}
		t.dropBackup()
	case t.temp == "":
		if err := unix.Unlinkat(t.dir().fd, t.base, 0); err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}

// forget removes what was kept.
func (t *target) dropBackup() {
	if t.backup != "" {
		_ = unix.Unlinkat(t.dir().fd, t.backup, 0)
		t.backup = ""
	}
}
