//go:build linux

package process

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Forker runs jobs on one OS thread that lives as long as tsboot, because the
// kernel sends a parent-death signal when the *thread* that forked ends. That
// is the main thread when the loop runs there, else one of its own.
type Forker struct {
	jobs chan func() // nil: jobs run where they are given, on the main thread
	done chan struct{}
}

// NewForker makes a thread for the jobs. Its signal mask is empty, so signals
// that were blocked when tsboot was started, which Go leaves blocked in its
// other threads, arrive there.
func NewForker() *Forker {
	f := &Forker{jobs: make(chan func()), done: make(chan struct{})}
	ready := make(chan struct{})
	go f.run(ready)
	<-ready
	return f
}

func (f *Forker) run(ready chan<- struct{}) {
	runtime.LockOSThread() // never unlocked: the thread must outlive every child
	defer close(f.done)
	var none unix.Sigset_t
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &none, nil)
	close(ready)
	for job := range f.jobs {
		job()
	}
}

// Do runs job on the forker's thread and returns when it is done.
func (f *Forker) Do(job func()) {
	if f.jobs == nil {
		job()
		return
	}
	ran := make(chan struct{})
	f.jobs <- func() { defer close(ran); job() }
	<-ran
}

// stop ends a thread of its own, which sends the parent-death signal to what is left.
func (f *Forker) Stop() {
	if f.jobs != nil {
		close(f.jobs)
		<-f.done
	}
}

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

// Spawn starts a process in a group of its own. Errors are *ExecError.
func (f *Forker) Spawn(r Spec) (pid int, err error) {
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
	}
	f.Do(func() {
		withMask(unix.Sigset_t{}, func() { withInherited(r.Inherited, fork) })
	})
	if err != nil {
		return 0, explainExec(path, r.Command, err)
	}
	return pid, nil
}
