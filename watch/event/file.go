package event

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

// currentDirectory is AT_FDCWD, an int of -100: a name goes from the working directory.
const currentDirectory = 0xffffff9c
