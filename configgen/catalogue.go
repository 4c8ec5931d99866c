package configgen

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
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
	{"profile-invalid", Usage, "a profile file that breaks the format's rules; file, line and column are named",
		"a misspelt key, a reference to a parameter that is not declared, a wrong type, a secret in an argument",
		"correct the profile at that place; docs/profiles.md has every key"},
	{"profile-undetected", Usage, "no agent that a built-in profile knows is installed",
		"the image lacks the agent, or the agent is one of your own",
		"give a command after --, or name a profile with --profile"},
	{"profile-ambiguous", Usage, "the agents of several profiles are installed",
		"an image with two agents",
		"name one with --profile"},
	{"set-invalid", Usage, "--set without NAME=VALUE", "a missing =", "write --set NAME=VALUE"},
	{"set-secret", Usage, "--set of a parameter that the profile marks secret",
		"a secret on a command line, where every user of the host can read it",
		"store it in Parameter Store, or set the variable that is named"},
	{"set-unknown", Usage, "--set of a parameter that the profile does not declare", "a misspelt name", "correct the name"},

	{"parameter-missing", Invalid, "a required parameter that no source gives, or an empty one",
		"a misspelt name below the path, the wrong path, a variable that is not passed into the container",
		"store it under one of the names in the message, or set one of the variables"},
	{"parameter-ambiguous", Invalid, "two parameters of one source have the same name or variable",
		"an old and a new spelling side by side (log_level and log-level), an alias and the name it is for",
		"delete or rename one of the two that are named"},
	{"parameter-invalid", Invalid, "a value that breaks its rule: pattern, enum or type; a secret is not shown",
		"a value that was cut, quoted, or pasted with other text",
		"store the right value; the message describes the one that is there (length, quotes, a line break)"},
	{"parameter-unexportable", Invalid, "a parameter whose name cannot be a variable", "a digit at its beginning, a character that no variable has", "rename it"},
	{"value-holds-nul", Invalid, "a value with a NUL byte for a variable or an argument", "binary data", "store it as text (base64), if the agent reads that"},
	{"value-not-encodable", Invalid, "a value that the format of a file or an export cannot hold", "control characters, bytes that are not UTF-8, line breaks in INI", "change the value, or the format"},
	{"file-not-encodable", Invalid, "a file's content that its format cannot hold", "a list or object where the format (INI, env) has none", "change the content in the profile"},
	{"file-ambiguous", Invalid, "two files of the profile have the same path", "two parameters that name one path", "let the parameters name different paths"},
	{"path-invalid", Invalid, "a path of `path` or `creates` that is not absolute or holds a control character", "a parameter with a relative path, or without a value", "give an absolute path"},
	{"path-element", Invalid, "a value inside a path of `path` or `creates` that holds `/` or a control character, or makes an element that is empty, `.` or `..`", "a value that would lead out of the directory that the profile names", "give a plain name, or let one parameter be the whole path"},
	{"secret-in-path", Invalid, "a secret in a path of `path` or `creates`", "a parameter that is secret by its source (a SecureString) and not by the profile", "store it as a String if it is not secret, or take another parameter"},
	{"secret-in-argument", Invalid, "a secret in an argument of a setup step without secret-argv, of run or of health", "a parameter that is secret by its source (a SecureString) and not by the profile", "write it to a file and pass the path of the file; add secret-argv: true to a setup step that has no other way to take it; store it as a String if it is not secret"},
	{"files-missing", Invalid, "--on-fetch-failure use-existing, and some files of an earlier boot are missing", "a first boot, or a config directory that is lost with the container", "keep the directory on a volume, or wait for Parameter Store"},
	{"files-foreign", Invalid, "--on-fetch-failure use-existing, and a file has another owner or mode than a boot would write", "another program wrote it, or --user or the mode in the profile changed", "wait for Parameter Store: the next boot that reaches it writes the file"},
	{"files-unrecorded", Invalid, "--on-fetch-failure use-existing, and there is no record that one boot wrote the files", "the default config of the image, or files of a version of tsboot without records", "wait for Parameter Store: the next boot that reaches it writes the files and their record"},
	{"files-mixed", Invalid, "--on-fetch-failure use-existing, and a file differs from the record of the last boot", "a boot that was killed while it renamed the files, or a tool that changed a file later", "wait for Parameter Store: the next boot that reaches it writes the files"},
	{"strict-missing", Invalid, "--strict: a variable is chamberme and no parameter replaces it", "a parameter that is missing or has another name", "store the parameter, or remove the variable"},
	{"strict-unexpected", Invalid, "--strict: a variable that a parameter would replace has another value than chamberme", "a variable set in the task definition and in the store", "set it to chamberme, or name it with --prefer-env"},

	{"file-permission", CannotWrite, "no permission to write a file or its directory", "tsboot does not run as root, or without the capability that it takes (CAP_DAC_OVERRIDE, CAP_CHOWN for --user), or the file is immutable", "run tsboot as a user who may write there, or give that user the directory"},
	{"file-read-only", CannotWrite, "the directory is on a read-only file system", "readonlyRootFilesystem, or a volume mounted read-only", "mount a volume or a tmpfs there"},
	{"file-no-space", CannotWrite, "no space or no inode is left", "a full volume, a small tmpfs, a quota", "free some space, or mount something larger"},
	{"file-is-mount", CannotWrite, "the file is a mount of its own, which no rename can replace", "a bind mount of a single file", "mount its directory instead"},
	{"file-is-directory", CannotWrite, "a directory is where the file belongs", "Docker makes one where the source of a bind mount does not exist", "remove the directory"},
	{"file-bad-path", CannotWrite, "the path cannot be opened", "a parent that is a file, a symbolic link to nothing or in a circle, a name that is too long", "choose another path, or remove what is in the way"},
	{"directory-open", CannotWrite, "all users may write to a directory on the way to the file, and it has no sticky bit", "a directory of mode 0777, in which any user could replace the file or the way to it", "chmod o-w the directory"},
	{"directory-foreign", CannotWrite, "a directory or symbolic link on the way to the file does not belong to root, tsboot's user or --user", "a directory of the agent's user, a volume whose owner is not mapped in the container's user namespace", "chown the directory, name its owner with --user, or choose another path"},
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
