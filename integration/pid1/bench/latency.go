//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
)

// roleEcho is the child that answers signals.
const roleEcho = "bench-echo"

// echo waits for USR1 and answers each with a byte on descriptor 3: as little as a Go program can.
func echo() {
	set := unix.Sigset_t{}
	set.Val[0] = 1 << (uint(unix.SIGUSR1) - 1)
	blocked(set)
	for answer := []byte{'!'}; ; {
		if _, err := unix.Write(3, answer); err != nil { // the first says that it is ready
			os.Exit(0)
		}
		for {
			n, _, _ := unix.RawSyscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(&set)), 0, 0, 8, 0, 0)
			if unix.Signal(n) == unix.SIGUSR1 {
				break
			}
		}
	}
}

// listener is an echo under an init, or by itself, and the way its answers come.
type listener struct {
	pid     int
	answers *os.File
	end     func()
	took    []time.Duration
}

// latency sends signals to each init in turn and waits for the child's answer to each.
func latency(s settings, inits []*adapter.Adapter) ([]row, error) {
	var all []*listener
	defer func() {
		for _, l := range all {
			l.end()
		}
	}()
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	direct := &adapter.Adapter{Name: "no init", Binary: "/usr/bin/env"}
	least := &adapter.Adapter{Name: "the least Go loop", Binary: exe, Command: []string{roleRelay}}
	for _, a := range append([]*adapter.Adapter{direct, least}, inits...) {
		l, err := listen(a, exe)
		if err != nil {
			return nil, fmt.Errorf("signals through %s: %w", a.Name, err)
		}
		all = append(all, l)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range s.rounds {
		for _, l := range all {
			if err := l.ask(s.signals); err != nil {
				return nil, err
			}
		}
	}
	r := row{name: "signal to child, median", unit: "µs", goal: 1.0}
	tail := row{name: "signal to child, 99 of 100", unit: "µs"}
	for n, l := range all {
		mid, high := quantile(l.took, 0.5), quantile(l.took, 0.99)
		switch n {
		case 0:
			r.floor, tail.floor = micro(mid), micro(high)
			continue
		case 1:
			r.note = "the least Go loop: " + number(micro(mid))
			tail.note = "the least Go loop: " + number(micro(high))
			continue
		}
		r.values, tail.values = append(r.values, micro(mid)), append(tail.values, micro(high))
	}
	return []row{r, tail}, nil
}

func listen(a *adapter.Adapter, exe string) (*listener, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s, err := startInit(a, []string{exe, roleEcho}, writer)
	_ = writer.Close() // so that the child's end is the answers' end
	if err != nil {
		return nil, err
	}
	l := &listener{pid: s.init.PID, answers: reader, end: func() { s.end(); _ = reader.Close() }}
	return l, l.answer()
}

// answer waits for one byte.
func (l *listener) answer() error {
	var b [1]byte
	_, err := l.answers.Read(b[:])
	return err
}

// ask measures with a plain blocking read, so that no poller stands in the way.
func (l *listener) ask(n int) error {
	fd := int(l.answers.Fd())
	var b [1]byte
	for range n {
		began := time.Now()
		if err := syscall.Kill(l.pid, syscall.SIGUSR1); err != nil {
			return err
		}
		if _, err := syscall.Read(fd, b[:]); err != nil {
			return err
		}
		l.took = append(l.took, time.Since(began))
	}
	return nil
}
