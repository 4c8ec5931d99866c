package fileset

import (
	"os"
	"path"
	"slices"

	"golang.org/x/sys/unix"
)

// maxName is the longest name that Linux's file systems take.
const maxName = 255

// preflight finds out whether a boot could write the file, as far as this shows
// without writing. Call it after find. An unchanged file need not be written.
func (t *target) preflight(unchanged bool) error {
	if unchanged {
		return nil
	}
	op := "make a temporary file beside it"
	if missing := t.walk.missing; len(missing) > 0 {
		op = "make directory " + path.Join(t.dir().path, missing[0])
	}
	if err := unix.Faccessat(t.dir().fd, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return t.fail(op, err, t.dir())
	}
	if immutable(t.dir().fd, "") {
		return t.fail(op, unix.EPERM, t.dir())
	}
	if err := t.room(); err != nil {
		return err
	}
	if !t.canChown() {
		return t.chownError(unix.EPERM)
	}
	if longest := slices.MaxFunc(append(t.walk.missing, t.base), func(a, b string) int { return len(a) - len(b) }); len(longest) > maxName {
		return t.fail("rename", unix.ENAMETOOLONG, t.dir())
	}
	if len(t.walk.missing) == 0 {
		return t.replaceable()
	}
	return nil
}

// replaceable says whether a rename can replace the file that is there.
func (t *target) replaceable() error {
	st, err := t.look()
	switch {
	case err != nil || st == nil:
		return err
	case isMountPoint(t.dir().fd, t.base): // Docker and ECS make one for a single file
		return t.fail("rename", unix.EBUSY, t.dir())
	case immutable(t.dir().fd, t.base):
		return t.fail("rename", unix.EPERM, t.dir())
	case t.dir().stat.Mode&unix.S_ISVTX != 0 && !ownsAny(st, &t.dir().stat):
		return t.fail("rename", unix.EPERM, t.dir())
	}
	return nil
}

// room says whether there is space and an inode for the file.
func (t *target) room() error {
	var st unix.Statfs_t
	if unix.Fstatfs(t.dir().fd, &st) != nil || st.Blocks == 0 { // some file systems do not count
		return nil
	}
	if free := st.Bavail * uint64(st.Bsize); free < uint64(len(t.file.Content)) || free == 0 || st.Files > 0 && st.Ffree == 0 {
		return t.fail("write", unix.ENOSPC, t.dir())
	}
	return nil
}

// ownsAny says whether tsboot's user owns one of the files, or may act as any
// owner. In a sticky directory the owners of file and directory may replace a file.
func ownsAny(stats ...*unix.Stat_t) bool {
	return actsAsAnyOwner() || slices.ContainsFunc(stats, func(st *unix.Stat_t) bool { return int(st.Uid) == os.Geteuid() })
}

// canChown says whether tsboot may give the file to its owner.
func (t *target) canChown() bool {
	if t.owner == nil {
		return true
	}
	groups, _ := os.Getgroups()
	mine := t.owner.UID == os.Geteuid() && (t.owner.GID == os.Getegid() || slices.Contains(groups, t.owner.GID))
	return mine || changesOwners()
}
