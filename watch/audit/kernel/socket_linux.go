package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/watch/audit"
)

// readLog is the group of netlink that gets all records (AUDIT_NLGRP_READLOG), as a bit.
const readLog = 1 << (unix.AUDIT_NLGRP_READLOG - 1)

// firstRecord is the first type that is a record. What is below it are answers.
const firstRecord = 1100

// Socket is where records come from. Only one goroutine may call Receive; the other methods are for all.
type Socket struct {
	mode   Mode
	file   *os.File
	buffer int
	batch  *batch

	overruns, malformed, foreign atomic.Uint64

	closing sync.Once
}

// Open joins the log in the mode.
func Open(o Options) (*Socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_AUDIT)
	if err != nil {
		return nil, refused("open a socket of audit", err)
	}
	s := &Socket{mode: o.Mode, buffer: growBuffer(fd, o.Buffer)}
	address := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if o.Mode == Multicast {
		address.Groups = readLog
	}
	if err := unix.Bind(fd, address); err != nil {
		_ = unix.Close(fd)
		return nil, refused(doingJoin, err)
	}
	s.file = os.NewFile(uintptr(fd), "audit")
	if s.batch, err = newBatch(s.file); err != nil {
		_ = s.file.Close()
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	if o.Mode == Unicast {
		if err := s.register(); err != nil {
			_ = s.file.Close()
			return nil, err
		}
	}
	return s, nil
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

// Buffer is the size of the receive buffer that the kernel gave. It is smaller than what was asked for where the process
// has no CAP_NET_ADMIN and net.core.rmem_max is smaller.
func (s *Socket) Buffer() int { return s.buffer }

// Counters are what came that is no record.
func (s *Socket) Counters() Counters {
	return Counters{Overruns: s.overruns.Load(), Malformed: s.malformed.Load(), Foreign: s.foreign.Load()}
}

// Receive waits for the next record. It waits for nothing but the kernel. After Close the error is fs.ErrClosed.
func (s *Socket) Receive() (audit.Record, error) {
	for {
		m, err := s.batch.next()
		switch {
		case errors.Is(err, unix.ENOBUFS):
			s.overruns.Add(1)
			continue
		case errors.Is(err, fs.ErrClosed):
			return audit.Record{}, fs.ErrClosed
		case err != nil:
			return audit.Record{}, fmt.Errorf("read the audit log: %w", err)
		case m.port != 0:
			s.foreign.Add(1)
			continue
		case m.cut || m.kind == 0:
			s.malformed.Add(1)
			continue
		case m.kind < firstRecord || m.kind == uint16(audit.TypeReplace):
			continue
		}
		r, err := audit.ParseMessage(audit.Type(m.kind), m.payload)
		if err != nil {
			s.malformed.Add(1)
			continue
		}
		return r, nil
	}
}

// Close leaves the log and ends Receive.
func (s *Socket) Close() error {
	var err error
	s.closing.Do(func() {
		if s.mode == Unicast {
			err = s.unregister()
		}
		err = errors.Join(err, s.file.Close())
	})
	return err
}
