package fileset

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// commit moves temporary files into place, in order: all of them, or none. What is
// replaced is removed, or with keep stays beside, see Kept.
func commit(targets []*target, keep bool) (*Kept, error) {
	if err := place(targets); err != nil {
		return nil, err
	}
	if keep {
		return keepBackups(targets)
	}
	for _, t := range targets {
		t.dropBackup()
	}
	return nil, nil
}

// place is commit without its end. Each file that is replaced is kept as a backup,
// and restored when a later one fails.
func place(targets []*target) error {
	for i, t := range targets {
		if err := t.moveIntoPlace(); err != nil {
			return rollback(targets, i+1, err)
		}
	}
	if err := syncAll(targets); err != nil {
		return rollback(targets, len(targets), err)
	}
	return nil
}

// syncAll makes the new names durable. It syncs each directory once.
func syncAll(targets []*target) error {
	type inode struct{ dev, ino uint64 }
	done := make(map[inode]bool)
	for _, t := range targets {
		id := inode{uint64(t.dir().stat.Dev), t.dir().stat.Ino}
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

// moveIntoPlace renames the temporary file over the target. A symbolic link there
// is replaced, not followed. The old file gets a second name first, as a backup.
// Some file systems have no hard links, and the kernel refuses one to another
// user's file: then the two files are exchanged. Where that is not supported
// either, the old file is renamed, and for an instant there is no file.
func (t *target) moveIntoPlace() error {
	dir, backup := t.dir().fd, tempName()
	if t.remove {
		return t.moveAway(backup)
	}
	if unix.Linkat(dir, t.base, dir, backup, 0) == nil {
		t.backup = backup
	} else if there, err := t.look(); err != nil {
		return err
	} else if there != nil {
		if swapNames(dir, t.temp, t.base) == nil {
			t.backup, t.temp = t.temp, ""
			return nil
		}
		if err := unix.Renameat(dir, t.base, dir, backup); err != nil {
			return t.fail("rename", err, t.dir())
		}
		t.backup = backup
	}
	if err := unix.Renameat(dir, t.temp, dir, t.base); err != nil {
		return t.fail("rename", err, t.dir())
	}
	t.temp = ""
	return nil
}

// moveAway leaves no file at the target.
func (t *target) moveAway(backup string) error {
	there, err := t.look()
	if err != nil || there == nil {
		return err
	}
	if err := unix.Renameat(t.dir().fd, t.base, t.dir().fd, backup); err != nil {
		return t.fail("remove it", err, t.dir())
	}
	t.backup = backup
	return nil
}

// rollback restores what the first placed targets replaced, the last one first.
// Then it removes the temporary files and directories of all targets.
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

// restore puts the backup back; where there was no file, it removes the new one.
func (t *target) restore() error {
	switch {
	case t.backup != "":
		shown := t.kept.show(t.dir().fd, t.backup)
		// When both names are the same file, rename does nothing and leaves both.
		if err := unix.Renameat(t.dir().fd, t.backup, t.dir().fd, t.base); err != nil {
			return err
		}
		t.dropBackup()
		return shown
	case t.temp == "" && !t.remove:
		if err := unix.Unlinkat(t.dir().fd, t.base, 0); err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}

// dropBackup removes the backup.
func (t *target) dropBackup() {
	if t.backup != "" {
		_ = unix.Unlinkat(t.dir().fd, t.backup, 0)
		t.backup = ""
	}
}
