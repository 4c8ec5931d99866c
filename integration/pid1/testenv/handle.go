//go:build linux

package testenv

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Helper is a helper process, as the environment sees it.
type Helper struct {
	env   *Env
	wire  *wire
	Name  string
	PID   int // as this program's namespace numbers it
	Inner int // as the helper itself sees it
	Argv  []string

	// Under the environment's lock.
	got     []Message
	replies map[int]Message
	orders  int
	gone    bool
}

// accept takes every helper's connection until the environment closes.
func (e *Env) accept() {
	for {
		conn, err := e.listener.AcceptUnix()
		if err != nil {
			return
		}
		go e.serve(conn)
	}
}

func (e *Env) serve(conn *net.UnixConn) {
	defer conn.Close()
	h := &Helper{env: e, wire: newWire(conn), PID: peer(conn), replies: make(map[int]Message)}
	for {
		var m Message
		if err := h.wire.dec.Decode(&m); err != nil {
			break
		}
		e.note(func() {
			switch {
			case m.Event == "hello":
				h.Name, h.Inner, h.Argv = m.Name, m.PID, m.Argv
				e.helpers[m.Name] = h
			case m.Event == "exited":
				e.status[m.Order] = syscall.WaitStatus(m.Status)
			case m.Event == "":
				h.replies[m.ID] = m
			default:
				h.got = append(h.got, m)
			}
		})
	}
	e.note(func() { h.gone = true })
}

// peer is the process at the other end, translated by the kernel into our own pid namespace.
func peer(conn *net.UnixConn) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	_ = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}

// note changes what is known and wakes all who wait for it.
func (e *Env) note(change func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change()
	close(e.changed)
	e.changed = make(chan struct{})
}

// until waits for the condition, which is looked at under the lock at every message.
func (e *Env) until(d time.Duration, cond func() bool) bool {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		e.mu.Lock()
		ok, changed := cond(), e.changed
		e.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-deadline.C:
			return false
		}
	}
}

// Forget makes Helper wait for a new helper of that name.
func (e *Env) Forget(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.helpers, name)
}

// ended says, under the lock, that the latest init has ended: no helper will come any more.
func (e *Env) ended() bool {
	_, ended := e.status[e.latest]
	return ended || e.over != nil
}

// lastWords is how long a message may be under way after the end of who sent it.
const lastWords = time.Second

// Helper waits for the helper of that name to say hello.
func (e *Env) Helper(name string, d time.Duration) (*Helper, error) {
	var h *Helper
	e.until(d, func() bool {
		h = e.helpers[name]
		return h != nil || e.ended()
	})
	if h == nil { // the end of an init may be known before its child's last words
		e.until(min(d, lastWords), func() bool {
			h = e.helpers[name]
			return h != nil
		})
	}
	if h == nil {
		return nil, fmt.Errorf("wait for %q: %w", name, ErrTimeout)
	}
	return h, nil
}

// Next is Helper for a helper that comes back under the same name: it waits for another than the one given.
func (e *Env) Next(old *Helper, d time.Duration) (*Helper, error) {
	var h *Helper
	e.until(d, func() bool {
		h = e.helpers[old.Name]
		return h != old || e.ended()
	})
	if h == old {
		return nil, fmt.Errorf("wait for another %q: %w", old.Name, ErrTimeout)
	}
	return h, nil
}

// Do has the helper obey and gives its answer.
func (h *Helper) Do(op Op) (Message, error) {
	h.env.mu.Lock()
	h.orders++
	op.ID = h.orders
	h.env.mu.Unlock()
	if err := h.wire.send(op); err != nil {
		return Message{}, fmt.Errorf("tell %s to %s: %w", h.Name, op.Do, err)
	}
	var reply Message
	answered := false
	if !h.env.until(startup, func() bool {
		reply, answered = h.replies[op.ID]
		delete(h.replies, op.ID)
		return answered || h.gone
	}) {
		return reply, fmt.Errorf("tell %s to %s: %w", h.Name, op.Do, ErrTimeout)
	}
	if !answered {
		return reply, fmt.Errorf("tell %s to %s: it is gone", h.Name, op.Do)
	}
	if reply.Error != "" {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}

func (h *Helper) events() []Message {
	h.env.mu.Lock()
	defer h.env.mu.Unlock()
	return slices.Clone(h.got)
}

// Signals lists what reached the helper, in order.
func (h *Helper) Signals() []syscall.Signal {
	var got []syscall.Signal
	for _, m := range h.events() {
		if m.Event == "signal" {
			got = append(got, syscall.Signal(m.Signal))
		}
	}
	return got
}

// Count says how often a signal reached the helper.
func (h *Helper) Count(s syscall.Signal) int {
	n := 0
	for _, got := range h.Signals() {
		if got == s {
			n++
		}
	}
	return n
}

// Hears waits until the signal has reached the helper so many times.
func (h *Helper) Hears(s syscall.Signal, times int, d time.Duration) bool {
	return h.env.until(d, func() bool {
		n := 0
		for _, m := range h.got {
			if m.Event == "signal" && syscall.Signal(m.Signal) == s {
				n++
			}
		}
		return n >= times
	})
}

// Gone says whether the helper has ended (or become another program).
func (h *Helper) Gone() bool { return h.waitGone(0) }

// Ends waits for the helper's end.
func (h *Helper) Ends(d time.Duration) bool { return h.waitGone(d) }

func (h *Helper) waitGone(d time.Duration) bool {
	return h.env.until(d, func() bool { return h.gone })
}
