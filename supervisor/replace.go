//go:build linux

package supervisor

import (
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Replace becomes the command (execve); it returns only if that failed, with an
// *ExecError. A program that calls it has not called New: inherited descriptors,
// and the signal mask but for an empty one, pass on by themselves.
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

// become takes on the command's user, directory and an empty signal mask.
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
	var none unix.Sigset_t
	return unix.PthreadSigmask(unix.SIG_SETMASK, &none, nil)
}
