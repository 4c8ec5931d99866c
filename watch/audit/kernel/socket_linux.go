package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/watch/audit"
)

// readLog is the group of netlink that gets all records (AUDIT_NLGRP_READLOG), as a bit.
const readLog = 1 << (unix.AUDIT_NLGRP_READLOG - 1)

// Socket is where records come from. Only one goroutine may call Receive; the other methods are for all.
type Socket struct {
	mode  Mode
	held  *Held
	file  *os.File
	batch *batch
	notes []string

	overruns         atomic.Uint64
	draining, closed atomic.Bool
	closing          sync.Once
}

// Open joins the log in the mode, and sees that records come.
func Open(o Options) (*Socket, error) {
	s := &Socket{mode: o.Mode, held: o.Held}
	if s.held == nil {
		s.held = &Held{}
	}
	if err := s.join(o.Buffer); err != nil {
		return nil, err
	}
	first := s.prove
	if o.Mode == Unicast {
		first = s.register
	}
	if err := first(); err != nil {
		_ = s.file.Close()
		return nil, err
	}
	return s, nil
}

func (s *Socket) join(buffer int) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_AUDIT)
	if err != nil {
		return refused("open a socket of audit", err)
	}
	s.file = os.NewFile(uintptr(fd), "audit")
	if got := growBuffer(fd, buffer); got < buffer {
		s.notes = append(s.notes, fmt.Sprintf("the receive buffer has %d bytes, not %d: give the container --cap-add NET_ADMIN, or raise the sysctl net.core.rmem_max", got, buffer))
	}
	address := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if s.mode == Multicast {
		address.Groups = readLog
	}
	if err := unix.Bind(fd, address); err != nil {
		_ = s.file.Close()
		return refused(doingJoin, err)
	}
	if s.batch, err = newBatch(s.file); err != nil {
		_ = s.file.Close()
		return fmt.Errorf("read the audit log: %w", err)
	}
	return nil
}

// growBuffer asks for a receive buffer, above the limit of the system where the process may, and says what it got: the
// kernel takes twice of what is asked for, for its own data.
func growBuffer(fd, size int) int {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size)
	}
	got, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil {
		return 0
	}
	return got / 2
}

// Notes are for the log: what is not as it was asked for.
func (s *Socket) Notes() []string { return s.notes }

// Overruns is how often the kernel threw records away, because the buffer was full (ENOBUFS).
func (s *Socket) Overruns() uint64 { return s.overruns.Load() }

// Receive waits for the next record, and for nothing but the kernel. What is no record is passed over: where it should have been
// one, its serial is missing. After Close the error is fs.ErrClosed.
func (s *Socket) Receive() (audit.Record, error) {
	for {
		d, err := s.Datagram()
		if err != nil {
			return audit.Record{}, err
		}
		if r, err := d.Record(); err == nil {
			return r, nil
		}
	}
}

// Datagram is Receive for everything that comes, as it comes. The payload is good until the next call.
func (s *Socket) Datagram() (audit.Datagram, error) {
	for {
		d, err := s.next()
		switch {
		case errors.Is(err, unix.ENOBUFS):
			s.overruns.Add(1)
		case err != nil && (s.closed.Load() || errors.Is(err, fs.ErrClosed)):
			return audit.Datagram{}, fs.ErrClosed
		case err != nil:
			return audit.Datagram{}, fmt.Errorf("read the audit log: %w", err)
		default:
			return d, nil
		}
	}
}

// next is the next datagram; while the socket is drained fs.ErrClosed after the last.
func (s *Socket) next() (audit.Datagram, error) {
	d, err := s.batch.next()
	if !s.draining.Load() || !errors.Is(err, os.ErrDeadlineExceeded) {
		return d, err
	}
	d, there, err := s.batch.rest()
	if err == nil && !there {
		err = fs.ErrClosed
	}
	return d, err
}

// Drain ends Receive after what was recorded until now. It comes after Held.Release, which ends recording, and waits a
// moment for the kernel to send what it has.
func (s *Socket) Drain() {
	if c, err := openControl(); err == nil {
		c.drain()
		c.close()
	}
	s.draining.Store(true)
	_ = s.file.SetReadDeadline(time.Unix(1, 0)) // a socket that is closed has ended Receive already
}

// Close leaves the log and ends Receive.
func (s *Socket) Close() error {
	var err error
	s.closing.Do(func() {
		if s.mode == Unicast {
			err = s.unregister()
		}
		s.closed.Store(true)
		err = errors.Join(err, s.file.Close())
	})
	return err
}
