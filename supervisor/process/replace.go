package process

import (
	"path/filepath"
	"runtime"
	"syscall"
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
