//go:build linux

package testenv

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// reaper is process 1 of an environment whose init is a plain child: it adopts and reaps what the init leaves behind.
// Nothing else here waits, so it knows every status.
type reaper struct {
	wire   *wire
	socket string
	extra  int // descriptors from 3 up that the init gets

	mu       sync.Mutex  // held across a fork and its entry here: no status can come first
	children map[int]int // pid -> id of the order that started it
}

func reaperMain(args []string) error {
	if len(args) != 2 {
		return errors.New("the reaper takes a socket and a spec")
	}
	r := &reaper{socket: args[0], children: make(map[int]int)}
	var l Launch
	if err := json.Unmarshal([]byte(args[1]), &l); err != nil {
		return fmt.Errorf("parse spec: %w", err)
	}
	r.extra = l.ExtraCount
	// As process 1 it would be immune without the runtime's handlers. It reports what reaches it: it is a witness.
	signals := make(chan os.Signal, 1024)
	signal.Notify(signals)
	if err := mountProc(); err != nil {
		return err
	}
	w, err := dial(r.socket, reaperName, os.Getpid(), os.Args)
	if err != nil {
		return err
	}
	r.wire = w
	go r.report(signals)
	for {
		var op Op
		if err := w.dec.Decode(&op); err != nil {
			return nil
		}
		reply := Message{ID: op.ID}
		if err := r.obey(op, &reply); err != nil {
			reply.Error = err.Error()
		}
		_ = w.send(reply)
	}
}

func (r *reaper) report(signals <-chan os.Signal) {
	for s := range signals {
		switch n, _ := s.(syscall.Signal); n {
		case syscall.SIGCHLD:
			r.reap()
		case syscall.SIGURG: // the runtime's own
		default:
			_ = r.wire.send(Message{Event: "signal", Signal: int(n)})
		}
	}
}

func (r *reaper) obey(op Op, reply *Message) error {
	switch op.Do {
	case "ping":
		return nil
	case "launch":
		var err error
		reply.PID, err = r.fork([]string{selfExe(), roleLaunch, r.socket, op.Text}, nil, op.ID)
		return err
	case "spawn":
		s := op.Spawn
		argv := s.Argv
		if len(argv) == 0 {
			argv = helperArgv(r.socket, s.Name, s.Traits)
		}
		var err error
		reply.PID, err = r.fork(argv, s, op.ID)
		return err
	}
	return fmt.Errorf("unknown order %q", op.Do)
}

// fork starts a child. The init (s is nil) gets the environment's standard files and extra descriptors, others /dev/null.
func (r *reaper) fork(argv []string, s *Spawn, id int) (int, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{null.Fd(), null.Fd(), null.Fd()}}
	if s != nil {
		attr.Sys = &syscall.SysProcAttr{Setpgid: s.Group, Setsid: s.Session}
	} else {
		attr.Files = nil
		for fd := range 3 + r.extra {
			attr.Files = append(attr.Files, uintptr(fd))
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err := syscall.ForkExec(argv[0], argv, attr)
	if err == nil {
		r.children[pid] = id
	}
	return pid, err
}

// reap waits for everything that has ended; orphans are not reported.
func (r *reaper) reap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if id, known := r.children[pid]; known {
			delete(r.children, pid)
			_ = r.wire.send(Message{Event: "exited", Order: id, PID: pid, Status: uint32(status)})
		}
	}
}
