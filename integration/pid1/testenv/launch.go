//go:build linux

package testenv

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Launch is how an init is started: its command line and the state of the process it finds itself in.
type Launch struct {
	Argv []string
	Env  []string
	Dir  string

	Ignore   []syscall.Signal // inherited ignored
	BlockAll bool             // every signal inherited blocked
	UID      int              // user and group the init runs as
	Terminal bool             // standard input becomes the controlling terminal of a new session
	// CloseStdio starts the init without descriptors 0, 1 and 2.
	CloseStdio bool
	// ListenPID adds LISTEN_PID with the init's own number to its environment.
	ListenPID bool
	// CgroupProcs, if set, is a cgroup's file that the init's pid is written into.
	CgroupProcs string

	Stdin, Stdout, Stderr *os.File   `json:"-"`
	Extra                 []*os.File `json:"-"` // descriptors from 3 up

	// Set by the environment.
	MountProc  bool
	ExtraCount int
	NoWitness  bool
}

// launchMain makes the process what the spec says and becomes the init.
func launchMain(args []string) error {
	if len(args) != 2 {
		return errors.New("the launcher takes a socket and a spec")
	}
	var l Launch
	if err := json.Unmarshal([]byte(args[1]), &l); err != nil {
		return fmt.Errorf("parse spec: %w", err)
	}
	w, err := dial(args[0], initName, os.Getpid(), l.Argv)
	if err != nil {
		return err
	}
	err = l.become()
	_ = w.send(Message{Event: "failed", Error: text(err)})
	return err
}

// become never returns but with an error. The environment learns of success from the end of the connection.
func (l *Launch) become() error {
	if l.MountProc {
		if err := mountProc(); err != nil {
			return err
		}
	}
	if l.CgroupProcs != "" {
		if err := os.WriteFile(l.CgroupProcs, []byte("0"), 0); err != nil {
			return err
		}
	}
	if err := l.terminal(); err != nil {
		return err
	}
	if l.Dir != "" {
		if err := os.Chdir(l.Dir); err != nil {
			return err
		}
	}
	if l.UID != 0 {
		if err := l.user(); err != nil {
			return err
		}
	}
	if l.ListenPID {
		l.Env = append(l.Env, fmt.Sprintf("LISTEN_PID=%d", os.Getpid()))
	}
	for _, s := range l.Ignore {
		signal.Ignore(s)
	}
	runtime.LockOSThread()
	var set unix.Sigset_t
	if l.BlockAll {
		set = everySignal()
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &set, nil); err != nil {
		return fmt.Errorf("set signal mask: %w", err)
	}
	if l.CloseStdio {
		for fd := range 3 {
			_ = syscall.Close(fd)
		}
	}
	return fmt.Errorf("execute %q: %w", l.Argv[0], syscall.Exec(l.Argv[0], l.Argv, l.Env))
}

// everySignal is all but 32 and 33: those are the C library's own, it neither blocks nor unblocks them.
func everySignal() unix.Sigset_t {
	return unix.Sigset_t{Val: [16]uint64{^uint64(1<<31 | 1<<32)}}
}

func (l *Launch) user() error {
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("set groups: %w", err)
	}
	if err := syscall.Setresgid(l.UID, l.UID, l.UID); err != nil {
		return fmt.Errorf("set group: %w", err)
	}
	if err := syscall.Setresuid(l.UID, l.UID, l.UID); err != nil {
		return fmt.Errorf("set user: %w", err)
	}
	return nil
}

func (l *Launch) terminal() error {
	if !l.Terminal {
		return nil
	}
	if _, err := unix.Setsid(); err != nil {
		return fmt.Errorf("start a session: %w", err)
	}
	if err := unix.IoctlSetInt(0, unix.TIOCSCTTY, 0); err != nil {
		return fmt.Errorf("take the terminal: %w", err)
	}
	return nil
}

func mountProc() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}
