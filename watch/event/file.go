package event

import "github.com/tsboot/tsboot/watch/audit"

// describeFile says which file the event is about. An exec's is the process's own.
func (b *builder) describeFile() {
	if b.file == "" || b.event.Event.Action == ActionExecuted {
		return
	}
	b.parts.file.Path = resolve(b.directory(), b.file)
	b.event.File = &b.parts.file
}

// directory is from where the names of the syscall go; empty: from one that the records do not tell.
func (b *builder) directory() string {
	if b.elsewhere {
		return ""
	}
	return b.cwd
}

// directoryArgument is which argument of a syscall says from which directory its (last) name goes; empty: none.
func directoryArgument(syscall string) string {
	switch syscall {
	case "openat", "openat2", "unlinkat", "mkdirat", "mknodat", "fchmodat", "fchmodat2", "fchownat", "faccessat", "faccessat2",
		"futimesat", "utimensat", "newfstatat", "statx", "readlinkat", "execveat", "name_to_handle_at", "open_tree",
		"mount_setattr", "setxattrat", "removexattrat":
		return "a0"
	case "symlinkat":
		return "a1"
	case "linkat", "renameat", "renameat2", "move_mount":
		return "a2"
	}
	return ""
}

// flagsArgument is which argument of a syscall says how a file is opened; empty: none. Those of openat2 are in a record.
func flagsArgument(syscall string) string {
	switch syscall {
	case "open":
		return "a1"
	case "openat", "open_by_handle_at":
		return "a2"
	}
	return ""
}

// typeOpenat2 is the type of the record with the flags of openat2.
const typeOpenat2 audit.Type = 1337

// areForWriting is whether a file that is opened with the flags may be changed: O_WRONLY, O_RDWR or O_TRUNC. They have these
// numbers on every architecture that tswatch knows.
func areForWriting(flags uint64) bool { return flags>>32 == 0 && flags&(1|2|0x200) != 0 }

// currentDirectory is AT_FDCWD, an int of -100: a name goes from the working directory.
const currentDirectory = 0xffffff9c
