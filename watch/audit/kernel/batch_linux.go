package kernel

import (
	"encoding/binary"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/watch/audit"
)

// How much is read at once: an exec makes six records, and none is longer than 8970 bytes and its header (audit-userspace,
// lib/libaudit.h).
const (
	batchSize   = 16
	messageSize = 9216
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// batch reads datagrams, several at once where several wait, into memory that it uses again: a payload is good until the
// next read.
type batch struct {
	conn      syscall.RawConn
	headers   [batchSize]mmsghdr
	vectors   [batchSize]unix.Iovec
	addresses [batchSize]unix.RawSockaddrNetlink
	data      [batchSize][messageSize]byte
	at, have  int
	errno     unix.Errno
}

func newBatch(file *os.File) (*batch, error) {
	conn, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	b := &batch{conn: conn}
	for i := range b.headers {
		b.vectors[i].Base = &b.data[i][0]
		b.vectors[i].SetLen(messageSize)
		b.headers[i].header.Iov = &b.vectors[i]
		b.headers[i].header.SetIovlen(1)
		b.headers[i].header.Name = (*byte)(unsafe.Pointer(&b.addresses[i]))
	}
	return b, nil
}

// next is the next datagram. It waits where none is there.
func (b *batch) next() (audit.Datagram, error) {
	if b.at == b.have {
		if err := b.conn.Read(b.read); err != nil {
			return audit.Datagram{}, err
		}
	}
	return b.take()
}

// rest is the next datagram of those that are there, false where there is none.
func (b *batch) rest() (audit.Datagram, bool, error) {
	if b.at == b.have {
		there := false
		if err := b.conn.Control(func(fd uintptr) { there = b.read(fd) }); err != nil || !there {
			return audit.Datagram{}, false, err
		}
	}
	d, err := b.take()
	return d, true, err
}

// take gives the next of what was read, or the error that was.
func (b *batch) take() (audit.Datagram, error) {
	if b.errno != 0 {
		return audit.Datagram{}, b.errno
	}
	i := b.at
	b.at++
	d := audit.Datagram{Port: b.addresses[i].Pid}
	if datagram := b.data[i][:b.headers[i].length]; len(datagram) >= unix.NLMSG_HDRLEN {
		d.Length = binary.NativeEndian.Uint32(datagram)
		d.Type = audit.Type(binary.NativeEndian.Uint16(datagram[4:]))
		d.Payload = datagram[unix.NLMSG_HDRLEN:]
	}
	return d, nil
}

// unread gives the last datagram once more.
func (b *batch) unread() { b.at-- }

// read takes what is there. It says whether that was something, an error included. The system call does not wait for a record,
// only for locks of the kernel. So it is a raw one, of which the scheduler of Go does not know: it would wake a thread that
// sees whether the call takes long. While a raw call waits it holds one processor of the Go runtime.
func (b *batch) read(fd uintptr) bool {
	b.at, b.have, b.errno = 0, 0, 0
	for i := range b.headers {
		b.headers[i].header.Namelen = unix.SizeofSockaddrNetlink
		b.headers[i].header.Flags = 0
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.headers[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		}
		b.errno = errno
		if errno == 0 {
			b.have = int(n)
		}
		return true
	}
}
