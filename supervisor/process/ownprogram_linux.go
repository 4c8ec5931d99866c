package process

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// selfExecutable is this very program, even when its file was replaced or
// removed meanwhile.
const selfExecutable = "/proc/self/exe"

// OwnProgram is a path by which this program can be started again. Without
// /proc it is the file name that execve was given, which the kernel keeps for
// the process; it may be relative to the directory that tsboot was started in.
func OwnProgram() string {
	if _, err := os.Stat(selfExecutable); err == nil {
		return selfExecutable
	}
	vector, err := unix.Auxv()
	if err != nil {
		return selfExecutable
	}
	for _, entry := range vector {
		if entry[0] == auxExecFileName && entry[1] != 0 {
			// A pointer into the first page of the stack, which Go does not manage.
			return unix.BytePtrToString(*(**byte)(unsafe.Pointer(&entry[1])))
		}
	}
	return selfExecutable
}

// auxExecFileName is AT_EXECFN of <elf.h>.
const auxExecFileName = 31
