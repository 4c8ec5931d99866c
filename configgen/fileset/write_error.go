package fileset

import (
	"errors"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// WriteError says which file could not be written. Its Kind is CannotWrite. Op and
// Err are never empty in an error of this package.
type WriteError struct {
	Path string // of the file
	Op   string // the step that failed: "make directory /etc/agent"
	Err  error  // what the system answered
	Fix  string // what the operator can do; may be empty
}

// Error gives all of it on one line.
func (e *WriteError) Error() string {
	s := fmt.Sprintf("write %s: %s: %v", e.Path, e.Op, e.Err)
	if e.Fix != "" {
		s += "; " + e.Fix
	}
	return s
}

// Unwrap gives what the system answered.
func (e *WriteError) Unwrap() error { return e.Err }

// fail makes a WriteError; dir is the directory in which the step failed.
func (t *target) fail(op string, err error, dir *directory) error {
	e := &WriteError{Path: t.file.Path, Op: op, Err: err, Fix: "see what the system answered: the disk or the network behind the file system may be at fault"}
	var (
		foreign *untrustedError
		errno   unix.Errno
	)
	switch {
	case errors.As(err, &foreign):
		e.Op, e.Fix = "check "+foreign.thing, foreign.fix
	case errors.Is(err, errNotKept):
		e.Fix = "find out what removes or replaces files beside it; the files that are in place stay until a boot or a refresh writes others"
	case errors.As(err, &errno):
		e.Err = errno
		if fix := t.fix(errno, dir); fix != "" {
			e.Fix = fix
		}
	}
	return e
}

func (t *target) fix(errno unix.Errno, dir *directory) string {
	at := path.Dir(t.file.Path)
	switch errno {
	case unix.EACCES, unix.EPERM:
		return t.permission(dir)
	case unix.EROFS:
		return "mount a volume or a tmpfs at " + at
	case unix.ENOSPC, unix.EDQUOT:
		return "free some space there, or mount something larger at " + at
	case unix.EBUSY:
		return "the file is a mount of its own, which cannot be replaced: mount its directory " + at + " instead"
	case unix.EISDIR:
		return "a directory is in its place: remove it (Docker makes one where the file of a bind mount does not exist)"
	case unix.ENOTDIR:
		return "one of its parents is a file: remove that, or choose another path"
	case unix.ENAMETOOLONG:
		return "choose a shorter path"
	case unix.ELOOP:
		return "its parents are symbolic links in a circle: remove one"
	case unix.ENOENT:
		return "one of its parents is a symbolic link to nothing, or was removed just now"
	case unix.EAGAIN:
		return "find out what else writes there, and start again"
	}
	return ""
}

// permission says which user has no permission for which directory or file.
func (t *target) permission(dir *directory) string {
	fix := fmt.Sprintf("let tsboot run as a user who may write to %s: it runs as %s, and directory %s belongs to %s",
		path.Dir(t.file.Path), t.who(), dir.path, ownerAndMode(&dir.stat))
	if immutable(dir.fd, "") {
		fix += " and is immutable (chattr -i)"
	}
	var st unix.Stat_t
	if len(t.walk.todo)+len(t.walk.missing) > 0 || unix.Fstatat(dir.fd, t.base, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return fix
	}
	fix += ", the file that is there to " + ownerAndMode(&st)
	if immutable(dir.fd, t.base) {
		fix += " and is immutable (chattr -i)"
	}
	return fix
}

// chownError is fail for a file that could not be given to its owner.
func (t *target) chownError(err error) error {
	failed := t.fail(fmt.Sprintf("give it to uid %d, gid %d", t.uid(), t.gid()), err, t.dir())
	var e *WriteError
	if errors.Is(err, unix.EPERM) && errors.As(failed, &e) {
		e.Fix = "grant tsboot the capability CAP_CHOWN, or run it as that user: it runs as " + t.who()
	}
	return failed
}

// who describes the user of tsboot.
func (t *target) who() string {
	who := fmt.Sprintf("uid %d, gid %d", os.Geteuid(), os.Getegid())
	if owner := t.trust.owner; owner != nil {
		who += fmt.Sprintf(" (--user is uid %d, gid %d)", owner.UID, owner.GID)
	}
	return who
}

func ownerAndMode(st *unix.Stat_t) string {
	return fmt.Sprintf("uid %d, gid %d with mode %04o", st.Uid, st.Gid, st.Mode&0o7777)
}
