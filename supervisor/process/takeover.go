//go:build linux

package process

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// AdoptOrphans makes this process the parent of every process below it that
// loses its own. PID 1 is that already.
func AdoptOrphans() error {
	if os.Getpid() == 1 {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of orphans (prctl): %w", err)
	}
	return nil
}

// WatchParent asks the kernel for a signal when the parent dies; 0 asks for
// nothing. The kernel ties the request to the calling thread. parent is who it
// was at the start of the program. late is the signal where it has died before
// the request was made, else 0.
func WatchParent(sig Signal, parent int) (late Signal, err error) {
	if sig == 0 {
		return 0, nil
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(sig), 0, 0, 0); err != nil {
		return 0, fmt.Errorf("ask for %s when the parent dies (prctl): %w", sig, err)
	}
	if os.Getppid() == parent {
		return 0, nil
	}
	switch number := unix.Signal(sig); number {
	case unix.SIGKILL, unix.SIGSTOP: // no program can take these
		return 0, unix.Kill(os.Getpid(), number)
	}
	return sig, nil
}

// HoldSignals keeps the calling goroutine on its thread and blocks there what
// WaitSignal waits for.
func HoldSignals() {
	runtime.LockOSThread()
	mask := WaitMask()
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
}

// Wake ends a WaitSignal of a thread of this process: as a SIGCHLD to that
// thread alone. One that comes while the thread forks, with nothing blocked, is
// delivered by the runtime, which does not say who sent it: a SIGCHLD then only
// makes the loop look at its children, any other signal would be forwarded. The
// kernel keeps it apart from those of children, which go to the whole process.
func Wake(thread int) { _ = unix.Tgkill(unix.Getpid(), thread, unix.SIGCHLD) }
