//go:build linux

package process

import (
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Replace becomes the command (execve); it returns only if that failed, with an
// *ExecError. As an agent that is supervised, the command starts with default
// signal dispositions and an empty mask. A program that calls Replace has not
// called New: inherited descriptors pass on by themselves.
func Replace(cmd Command) error {
	if cmd.Dir != "" {
		dir, err := filepath.Abs(cmd.Dir)
		if err != nil {
			return &ExecError{Path: cmd.Dir, Code: codeNotExecutable, Err: err}
		}
		cmd.Dir = dir
	}
	path, err := findProgram(cmd)
	if err != nil {
		return err
	}
	runtime.LockOSThread() // the mask and the ids are the thread's
	defer runtime.UnlockOSThread()
	if err := become(cmd); err != nil {
		return explainExec(path, cmd, err)
	}
	return explainExec(path, cmd, syscall.Exec(path, cmd.Argv, cmd.Env))
}

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
