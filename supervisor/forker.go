//go:build linux

package supervisor

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// forker runs jobs on one OS thread that lives as long as tsboot, because the
// kernel sends a parent-death signal when the *thread* that forked ends. That
// is the main thread when the loop runs there, else one of its own.
type forker struct {
	jobs chan func() // nil: jobs run where they are given, on the main thread
	done chan struct{}
}

// newForker makes a thread for the jobs. Its signal mask is empty, so signals
// that were blocked when tsboot was started, which Go leaves blocked in its
// other threads, arrive there.
func newForker() *forker {
	f := &forker{jobs: make(chan func()), done: make(chan struct{})}
	ready := make(chan struct{})
	go f.run(ready)
	<-ready
	return f
}

func (f *forker) run(ready chan<- struct{}) {
	runtime.LockOSThread() // never unlocked: the thread must outlive every child
	defer close(f.done)
	var none unix.Sigset_t
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &none, nil)
	close(ready)
	for job := range f.jobs {
		job()
	}
}

// do runs job on the forker's thread and returns when it is done.
func (f *forker) do(job func()) {
	if f.jobs == nil {
		job()
		return
	}
	ran := make(chan struct{})
	f.jobs <- func() { defer close(ran); job() }
	<-ran
}

// stop ends a thread of its own, which sends the parent-death signal to what is left.
func (f *forker) stop() {
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

// spawnRequest is one process to start.
type spawnRequest struct {
	cmd       Command
	files     [3]uintptr
	inherited []int // descriptors to hand over at the same numbers
	tty       int   // terminal whose foreground group the child becomes; -1: none
	pdeathsig bool
}

// spawn starts a process in a group of its own. Errors are *ExecError.
func (f *forker) spawn(r spawnRequest) (pid int, err error) {
	path, err := findProgram(r.cmd)
	if err != nil {
		return 0, err
	}
	attr := &syscall.ProcAttr{
		Dir:   r.cmd.Dir,
		Env:   r.cmd.Env,
		Files: r.files[:],
		Sys:   &syscall.SysProcAttr{Setpgid: true, Credential: r.cmd.Identity.credential()},
	}
	if r.tty >= 0 {
		attr.Sys.Foreground, attr.Sys.Ctty = true, r.tty
	}
	if r.pdeathsig {
		attr.Sys.Pdeathsig = syscall.SIGKILL
	}
	fork := func() {
		pid, err = syscall.ForkExec(path, r.cmd.Argv, attr)
		if attr.Sys.Foreground && (err == unix.EIO || err == unix.ENOTTY) {
			attr.Sys.Foreground = false // the terminal was hung up meanwhile
			pid, err = syscall.ForkExec(path, r.cmd.Argv, attr)
		}
	}
	f.do(func() {
		withMask(unix.Sigset_t{}, func() { withInherited(r.inherited, fork) })
	})
	if err != nil {
		return 0, explainExec(path, r.cmd, err)
	}
	return pid, nil
}
