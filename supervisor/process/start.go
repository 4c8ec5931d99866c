//go:build linux

package process

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// withMask runs job with another signal mask: a child inherits the one of the
// thread that forks it.
func withMask(mask unix.Sigset_t, job func()) {
	var before unix.Sigset_t
	if unix.PthreadSigmask(unix.SIG_SETMASK, &mask, &before) != nil {
		job()
		return
	}
	job()
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
}

// Spec is one process to start.
type Spec struct {
	Command
	Files         [3]uintptr // standard input, output and error
	Inherited     []int      // descriptors to hand over at the same numbers
	TTY           int        // terminal whose foreground group the child becomes; -1: none
	DieWithParent bool       // SIGKILL when the thread that forks it ends
}

// Start starts a process in a group of its own, and returns when its program
// runs. The caller's goroutine is locked to its thread, which lives as long as
// this process: the kernel sends what DieWithParent asks for when the *thread*
// that forked ends. An error is an *ExecError.
func Start(r Spec) (pid int, err error) {
	path, err := findProgram(r.Command)
	if err != nil {
		return 0, err
	}
	attr := &syscall.ProcAttr{
		Dir:   r.Command.Dir,
		Env:   r.Command.Env,
		Files: r.Files[:],
		Sys:   &syscall.SysProcAttr{Setpgid: true, Credential: r.Command.Identity.credential()},
	}
	if r.TTY >= 0 {
		attr.Sys.Foreground, attr.Sys.Ctty = true, r.TTY
	}
	if r.DieWithParent {
		attr.Sys.Pdeathsig = syscall.SIGKILL
	}
	fork := func() {
		pid, err = syscall.ForkExec(path, r.Command.Argv, attr)
		if attr.Sys.Foreground && (err == unix.EIO || err == unix.ENOTTY) {
			attr.Sys.Foreground = false // the terminal was hung up meanwhile
			pid, err = syscall.ForkExec(path, r.Command.Argv, attr)
		}
		forgetRegisters()
	}
	withMask(unix.Sigset_t{}, func() { withInherited(r.Inherited, fork) })
	if err != nil {
		return 0, explainExec(path, r.Command, err)
	}
	return pid, nil
}
