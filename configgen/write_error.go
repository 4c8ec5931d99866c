package configgen

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// WriteError says which file could not be written, at what step, what the
// system answered, and what can be done.
type WriteError struct {
	Path  string
	Doing string
	Err   error
	Mend  string
}

// Error gives it on one line.
func (e *WriteError) Error() string {
	s := fmt.Sprintf("write %s: %s: %v", e.Path, e.Doing, e.Err)
	if e.Mend != "" {
		s += "; " + e.Mend
	}
	return s
}

// Unwrap gives what the system answered.
func (e *WriteError) Unwrap() error { return e.Err }

// ExitCode is the code that tsboot ends with.
func (e *WriteError) ExitCode() int { return 73 }

var errOpenDirectory = errors.New("everybody may write to it, and it has no sticky bit")

// fail wraps an error of the system, less the names of temporary files.
func (w *writer) fail(doing string, err error) error {
	e := &WriteError{Path: w.file.Path, Doing: doing, Err: err}
	var errno unix.Errno
	if errors.As(err, &errno) {
		e.Err = errno
		e.Mend = w.mend(errno)
	}
	return e
}

func (w *writer) mend(errno unix.Errno) string {
	switch errno {
	case unix.EACCES, unix.EPERM:
		return "let tsboot run as a user who may write to " + w.dir
	case unix.EROFS:
		return "mount a volume or a tmpfs at " + w.dir
	case unix.ENOSPC, unix.EDQUOT:
		return "free some space there, or mount something larger at " + w.dir
	case unix.EBUSY:
		return "the file is a mount of its own, which cannot be replaced: mount its directory " + w.dir + " instead"
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
	}
	return ""
}
