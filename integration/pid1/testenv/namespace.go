//go:build linux

package testenv

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// namespace asks for private pid and mount namespaces, through a user namespace where we are not root, and for the
// death of process 1 (and so of all the others) with this program.
func namespace() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// Available says why there can be no namespace here; nil when there can.
func Available() error {
	e, err := New(Child)
	if err != nil {
		return err
	}
	defer e.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	return e.populate(Launch{Stdin: null, Stdout: null, Stderr: os.Stderr, NoWitness: true})
}

type start struct {
	cmd *exec.Cmd
	err chan error
}

// forker hands commands to the one thread that starts them: a parent-death signal comes when the thread that forked
// ends, so that thread must live as long as the program.
var forker = sync.OnceValue(func() chan<- start {
	starts := make(chan start)
	go func() {
		runtime.LockOSThread()
		for s := range starts {
			s.err <- s.cmd.Start()
		}
	}()
	return starts
})

func startForLife(cmd *exec.Cmd) error {
	s := start{cmd: cmd, err: make(chan error)}
	forker() <- s
	return <-s.err
}
