package process

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// become takes on the command's user and directory, no signal ignored and none
// blocked. Signals that have a handler are set to their default by execve.
func become(cmd Command) error {
	if id := cmd.Identity; id != nil {
		if err := syscall.Setgroups(id.Groups); err != nil {
			return err
		}
		if err := syscall.Setgid(id.GID); err != nil {
			return err
		}
		if err := syscall.Setuid(id.UID); err != nil {
			return err
		}
	}
	if cmd.Dir != "" {
		if err := unix.Chdir(cmd.Dir); err != nil {
			return err
		}
	}
	for sig := unix.Signal(1); sig <= unix.Signal(MaxSignal); sig++ {
		stopIgnoring(sig)
	}
	var none unix.Sigset_t
	return unix.PthreadSigmask(unix.SIG_SETMASK, &none, nil)
}
