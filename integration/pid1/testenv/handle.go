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

// Puppet is a helper process, as the arena sees it.
type Puppet struct {
	arena *Arena
	wire  *wire
	Name  string
	PID   int // as this program's namespace numbers it
	Inner int // as the puppet itself sees it
	Argv  []string

	// Under the arena's lock.
	got     []Message
	replies map[int]Message
	orders  int
	gone    bool
}

// accept takes every helper's connection until the arena closes.
func (a *Arena) accept() {
	for {
		conn, err := a.listener.AcceptUnix()
		if err != nil {
			return
		}
		go a.serve(conn)
	}
}

func (a *Arena) serve(conn *net.UnixConn) {
	defer conn.Close()
	p := &Puppet{arena: a, wire: newWire(conn), PID: peer(conn), replies: make(map[int]Message)}
	for {
		var m Message
		if err := p.wire.dec.Decode(&m); err != nil {
			break
		}
		a.note(func() {
			switch {
			case m.Event == "hello":
				p.Name, p.Inner, p.Argv = m.Name, m.PID, m.Argv
				a.puppets[m.Name] = p
			case m.Event == "exited":
				a.status[m.Order] = syscall.WaitStatus(m.Status)
			case m.Event == "":
				p.replies[m.ID] = m
			default:
				p.got = append(p.got, m)
			}
		})
	}
	a.note(func() { p.gone = true })
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
func (a *Arena) note(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	close(a.changed)
	a.changed = make(chan struct{})
}

// until waits for the condition, which is looked at under the lock at every message.
func (a *Arena) until(d time.Duration, cond func() bool) bool {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		a.mu.Lock()
		ok, changed := cond(), a.changed
		a.mu.Unlock()
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

// Forget makes Puppet wait for a new helper of that name.
func (a *Arena) Forget(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.puppets, name)
}

// ended says, under the lock, that the latest init has ended: no helper will come any more.
func (a *Arena) ended() bool {
	_, ended := a.status[a.latest]
	return ended || a.over != nil
}

// lastWords is how long a message may be under way after the end of who sent it.
const lastWords = time.Second

// Puppet waits for the helper of that name to say hello.
func (a *Arena) Puppet(name string, d time.Duration) (*Puppet, error) {
	var p *Puppet
	a.until(d, func() bool {
		p = a.puppets[name]
		return p != nil || a.ended()
	})
	if p == nil { // the end of an init may be known before its child's last words
		a.until(min(d, lastWords), func() bool {
			p = a.puppets[name]
			return p != nil
		})
	}
	if p == nil {
		return nil, fmt.Errorf("wait for %q: %w", name, ErrTimeout)
	}
	return p, nil
}

// Next is Puppet for a helper that comes back under the same name: it waits for another than the one given.
func (a *Arena) Next(old *Puppet, d time.Duration) (*Puppet, error) {
	var p *Puppet
	a.until(d, func() bool {
		p = a.puppets[old.Name]
		return p != old || a.ended()
	})
	if p == old {
		return nil, fmt.Errorf("wait for another %q: %w", old.Name, ErrTimeout)
	}
	return p, nil
}

// Do has the puppet obey and gives its answer.
func (p *Puppet) Do(op Op) (Message, error) {
	p.arena.mu.Lock()
	p.orders++
	op.ID = p.orders
	p.arena.mu.Unlock()
	if err := p.wire.send(op); err != nil {
		return Message{}, fmt.Errorf("tell %s to %s: %w", p.Name, op.Do, err)
	}
	var reply Message
	answered := false
	if !p.arena.until(startup, func() bool {
		reply, answered = p.replies[op.ID]
		delete(p.replies, op.ID)
		return answered || p.gone
	}) {
		return reply, fmt.Errorf("tell %s to %s: %w", p.Name, op.Do, ErrTimeout)
	}
	if !answered {
		return reply, fmt.Errorf("tell %s to %s: it is gone", p.Name, op.Do)
	}
	if reply.Error != "" {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}

func (p *Puppet) events() []Message {
	p.arena.mu.Lock()
	defer p.arena.mu.Unlock()
	return slices.Clone(p.got)
}

// Signals lists what reached the puppet, in order.
func (p *Puppet) Signals() []syscall.Signal {
	var got []syscall.Signal
	for _, m := range p.events() {
		if m.Event == "signal" {
			got = append(got, syscall.Signal(m.Signal))
		}
	}
	return got
}

// Count says how often a signal reached the puppet.
func (p *Puppet) Count(s syscall.Signal) int {
	n := 0
	for _, got := range p.Signals() {
		if got == s {
			n++
		}
	}
	return n
}

// Hears waits until the signal has reached the puppet so many times.
func (p *Puppet) Hears(s syscall.Signal, times int, d time.Duration) bool {
	return p.arena.until(d, func() bool {
		n := 0
		for _, m := range p.got {
			if m.Event == "signal" && syscall.Signal(m.Signal) == s {
				n++
			}
		}
		return n >= times
	})
}

// Gone says whether the puppet has ended (or become another program).
func (p *Puppet) Gone() bool { return p.waitGone(0) }

// Ends waits for the puppet's end.
func (p *Puppet) Ends(d time.Duration) bool { return p.waitGone(d) }

func (p *Puppet) waitGone(d time.Duration) bool {
	return p.arena.until(d, func() bool { return p.gone })
}
