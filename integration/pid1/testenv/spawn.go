//go:build linux

package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// spawn starts what the order says, with this process's own standard files and extra descriptors.
func spawn(w *wire, s *Spawn) (int, error) {
	if s == nil {
		return 0, errors.New("spawn without saying what")
	}
	argv := s.Argv
	if len(argv) == 0 {
		argv = helperArgv(w.conn.RemoteAddr().String(), s.Name, s.Traits)
	}
	attr := &syscall.SysProcAttr{Setpgid: s.Group, Setsid: s.Session}
	if s.Double {
		argv = append([]string{selfExe(), roleDouble, strconv.FormatBool(s.Session)}, argv...)
		attr = &syscall.SysProcAttr{Setpgid: s.Group}
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = attr
	if err := startMasked(cmd, s.Shield); err != nil {
		return 0, err
	}
	if s.Double {
		return 0, cmd.Wait()
	}
	if !s.Abandon {
		go func() { _ = cmd.Wait() }()
	}
	return cmd.Process.Pid, nil
}

// startMasked starts a command, with every signal blocked if asked to: a child has the mask of the thread that forks.
func startMasked(cmd *exec.Cmd, shield bool) error {
	if !shield {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	all, before := everySignal(), unix.Sigset_t{}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, &before); err != nil {
		return err
	}
	err := cmd.Start()
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	return err
}

// doubleMain is the process in between of a daemon's double fork.
func doubleMain(args []string) error {
	if len(args) < 2 {
		return errors.New("nothing to start")
	}
	session, err := strconv.ParseBool(args[0])
	if err != nil {
		return err
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: session}
	return cmd.Start()
}

func state() *State {
	cwd, _ := os.Getwd()
	groups, _ := os.Getgroups()
	sid, _ := unix.Getsid(0)
	fg, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
	if err != nil {
		fg = -1
	}
	return &State{
		PID: os.Getpid(), PPID: os.Getppid(), PGID: syscall.Getpgrp(), SID: sid, Foreground: fg,
		UID: os.Getuid(), GID: os.Getgid(), Groups: groups, Cwd: cwd, Env: os.Environ(), FDs: descriptors(),
	}
}

// descriptors lists what was open before this process opened anything of its own: those all close on exec.
func descriptors() map[int]string {
	entries, _ := os.ReadDir("/proc/self/fd")
	fds := make(map[int]string)
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue
		}
		if target, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", n)); err == nil {
			fds[n] = target
		}
	}
	return fds
}
