package fileset

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// Kind says what a fault means for a boot. The zero Kind is that of a warning: a boot
// goes on. Package configgen has the same words.
type Kind string

// Kinds of faults. A WriteError always has CannotWrite.
const (
	Invalid     Kind = "invalid"      // the files of an earlier boot cannot be used
	CannotWrite Kind = "cannot-write" // a file cannot be put in its place
)

// An Entry explains one code of a Problem or a WriteError.
type Entry struct {
	Code  string
	Kind  Kind   // what it means for a boot; empty for a warning
	Seen  string // what is observed
	Cause string // what is likely behind it
	Do    string // what to do
}

// Catalogue returns every code, in the order of the documentation.
func Catalogue() []Entry { return slices.Clone(catalogue) }

var catalogue = []Entry{
	{"files-missing", Invalid, "--on-fetch-failure use-existing, and some files of an earlier boot are missing", "a first boot, or a config directory that is lost with the container", "keep the directory on a volume, or wait for Parameter Store"},
	{"files-foreign", Invalid, "--on-fetch-failure use-existing, and a file has another owner or mode than a boot would write", "another program wrote it, or --user or the mode in the profile changed", "wait for Parameter Store: the next boot that reaches it writes the file"},
	{"files-unrecorded", Invalid, "--on-fetch-failure use-existing, and there is no record that one boot wrote the files", "the default config of the image, or files of a version of tsboot without records", "wait for Parameter Store: the next boot that reaches it writes the files and their record"},
	{"files-mixed", Invalid, "--on-fetch-failure use-existing, and a file differs from the record of the last boot", "a boot that was killed while it renamed the files, or a tool that changed a file later", "wait for Parameter Store: the next boot that reaches it writes the files"},

	{"file-permission", CannotWrite, "no permission to write a file or its directory", "tsboot does not run as root, or without the capability that it takes (CAP_DAC_OVERRIDE, CAP_CHOWN for --user), or the file is immutable", "run tsboot as a user who may write there, or give that user the directory"},
	{"file-read-only", CannotWrite, "the directory is on a read-only file system", "readonlyRootFilesystem, or a volume mounted read-only", "mount a volume or a tmpfs there"},
	{"file-no-space", CannotWrite, "no space or no inode is left", "a full volume, a small tmpfs, a quota", "free some space, or mount something larger"},
	{"file-is-mount", CannotWrite, "the file is a mount of its own, which no rename can replace", "a bind mount of a single file", "mount its directory instead"},
	{"file-is-directory", CannotWrite, "a directory is where the file belongs", "Docker makes one where the source of a bind mount does not exist", "remove the directory"},
	{"file-bad-path", CannotWrite, "the path cannot be opened", "a parent that is a file, a symbolic link to nothing or in a circle, a name that is too long", "choose another path, or remove what is in the way"},
	{"directory-open", CannotWrite, "all users may write to a directory on the way to the file, and it has no sticky bit", "a directory of mode 0777, in which any user could replace the file or the way to it", "chmod o-w the directory"},
	{"directory-foreign", CannotWrite, "a directory or symbolic link on the way to the file does not belong to root, tsboot's user or --user", "a directory of the agent's user, a volume whose owner is not mapped in the container's user namespace", "chown the directory, name its owner with --user, or choose another path"},
	{"file-not-kept", CannotWrite, "a refresh did not last, and the file that it replaced is not beside the new one any more", "a tool that cleans up, or two tsboots that write the same files", "find out what removes or replaces files there; a boot or a refresh writes the files again"},
	{"file-write", CannotWrite, "another error of the system while writing", "a fault of the disk or the network behind the file system", "see what the system answered"},

	{"file-exposed", "", "the file that a file with secrets replaces could be read by other users, by its mode, its owner or a second name (a hard link)", "a chmod, a copy, a backup by hard links; a default config of the image", "if it had a secret in it, store a new secret; remove the other names of the file"},
	{"directory-group-writable", "", "the group of a directory on the way to a file may write to it", "a directory of mode 0775, in which every member of the group could replace the file", "chmod g-w the directory, if not every member may configure the agent"},
}

// Code is the code of the Catalogue.
func (e *WriteError) Code() string {
	var (
		errno   unix.Errno
		foreign *untrustedError
	)
	switch {
	case errors.As(e.Err, &foreign):
		return foreign.Code
	case errors.Is(e.Err, errNotKept):
		return "file-not-kept"
	case !errors.As(e.Err, &errno):
		return "file-write"
	}
	switch errno {
	case unix.EACCES, unix.EPERM:
		return "file-permission"
	case unix.EROFS:
		return "file-read-only"
	case unix.ENOSPC, unix.EDQUOT:
		return "file-no-space"
	case unix.EBUSY:
		return "file-is-mount"
	case unix.EISDIR:
		return "file-is-directory"
	case unix.ENOTDIR, unix.ENAMETOOLONG, unix.ELOOP, unix.ENOENT:
		return "file-bad-path"
	}
	return "file-write"
}
