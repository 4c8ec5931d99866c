package container

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The files of /proc are read by raw system calls, of which the scheduler of Go does not know. For any other call it wakes a
// thread that sees whether the call takes long, more than twice for each event, which costs more than the calls. These wait
// only for locks of the kernel: /proc/PID/cgroup takes the one that a change of cgroups holds. While a raw call waits it holds
// one processor of the Go runtime.

// openAt opens a file to read it. Its name ends with a 0.
func openAt(dir int, name []byte) (fd int, ok bool) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&name[0])), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno == 0
		}
	}
}

// readFrom reads into a buffer that is not empty.
func readFrom(fd int, buffer []byte) (size int, ok bool) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
		if errno != unix.EINTR {
			return int(n), errno == 0
		}
	}
}

// closeFile closes what was only read.
func closeFile(fd int) { _, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }
