//go:build linux

package process

import "golang.org/x/sys/unix"

// AdoptInherited finds the descriptors from 3 up that tsboot was started with
// and closes them on exec, so that helpers do not hold them; the agent gets
// them back at every start (socket activation, lock files). Go's own
// descriptors are close-on-exec from the beginning, which shows them.
func AdoptInherited() []int {
	var inherited []int
	for _, fd := range ListNumbers("/proc/self/fd") {
		if fd < 3 {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue
		}
		unix.CloseOnExec(fd)
		inherited = append(inherited, fd)
	}
	return inherited
}

// withInherited runs fork while the inherited descriptors survive an exec. Only
// Start calls it, on one thread, so no other process can be started meanwhile.
func withInherited(fds []int, fork func()) {
	for _, fd := range fds {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0)
	}
	fork()
	for _, fd := range fds {
		unix.CloseOnExec(fd)
	}
}
