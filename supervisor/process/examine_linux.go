package process

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// Examine says which file a command would execute and, as far as looking
// tells, why it could not: the same *ExecError that starting it would give.
// Nothing is started.
func Examine(cmd Command) (path string, err error) {
	path, err = findProgram(cmd)
	if err != nil {
		return "", err
	}
	full := absolute(cmd.Dir, path)
	if CheckIdentity(cmd.Identity, IdentityUse{}) != nil {
		return full, explainExec(path, cmd, unix.EPERM)
	}
	if !mayExecute(full, cmd.Identity) {
		return full, explainExec(path, cmd, unix.EACCES)
	}
	if errno := foreseeFormat(full); errno != nil {
		return full, explainExec(path, cmd, errno)
	}
	return full, nil
}

// mayExecute asks the kernel for the own user, which also knows of noexec mounts;
// for another user it goes by the modes on the way.
func mayExecute(path string, id *Identity) bool {
	if id == nil || id.UID == 0 {
		return unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS) == nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return true // not known: the start will show it
	}
	for at := real; ; at = filepath.Dir(at) {
		var st unix.Stat_t
		if unix.Stat(at, &st) == nil && !executableBy(&st, id) {
			return false
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	var fs unix.Statfs_t
	return unix.Statfs(real, &fs) != nil || fs.Flags&unix.ST_NOEXEC == 0
}

func executableBy(st *unix.Stat_t, id *Identity) bool {
	switch {
	case int(st.Uid) == id.UID:
		return st.Mode&0o100 != 0
	case int(st.Gid) == id.GID || slices.Contains(id.Groups, int(st.Gid)):
		return st.Mode&0o010 != 0
	}
	return st.Mode&0o001 != 0
}

// foreseeFormat is the error that execve would give for the file's content.
func foreseeFormat(path string) error {
	head := readHead(path)
	switch interp, script := scriptInterpreter(head); {
	case head == nil:
		return nil // not readable: the start will show it
	case script:
		return missing(interp)
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return foreseeELF(path)
	}
	return unix.ENOEXEC
}

func foreseeELF(path string) error {
	program, err := readELF(path)
	if err != nil || !runsHere(program.machine) {
		return unix.ENOEXEC
	}
	return missing(program.interpreter)
}

// narrower machines run on the kernel of a wider one.
var narrower = map[string]string{"amd64": "386", "arm64": "arm"}

func runsHere(machine elf.Machine) bool {
	name := elfMachines[machine]
	return name == runtime.GOARCH || name == narrower[runtime.GOARCH] || emulated()
}

func missing(program string) error {
	if program == "" {
		return nil
	}
	if _, err := os.Stat(program); errors.Is(err, os.ErrNotExist) {
		return unix.ENOENT
	}
	return nil
}

// emulated says whether the kernel knows emulators of other machines.
func emulated() bool {
	found, _ := filepath.Glob("/proc/sys/fs/binfmt_misc/*qemu*")
	rosetta, _ := filepath.Glob("/proc/sys/fs/binfmt_misc/*rosetta*")
	return len(found)+len(rosetta) > 0
}
