package rundir

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// peerOf asks the kernel who is at the other end.
func peerOf(conn *net.UnixConn) (*unix.Ucred, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var peer *unix.Ucred
	var errPeer error
	err = raw.Control(func(fd uintptr) {
		peer, errPeer = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err == nil {
		err = errPeer
	}
	return peer, err
}

// CheckPeer refuses every other uid. Root is one of them: the file of the socket keeps out all but root, so that the rule
// is the same for everybody, and root can become this uid.
func (p Program) CheckPeer(conn *net.UnixConn) error {
	peer, err := peerOf(conn)
	if err != nil {
		return fmt.Errorf("ask the kernel who asks: %w", err)
	}
	if own := os.Geteuid(); int(peer.Uid) != own {
		return fmt.Errorf("uid %d asks, and this %s answers only uid %d, its own", peer.Uid, p, own)
	}
	return nil
}

// Gone says whether the other end has closed the connection, and not only its own half.
func Gone(conn *net.UnixConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return true
	}
	closed := true
	_ = raw.Control(func(fd uintptr) {
		look := []unix.PollFd{{Fd: int32(fd)}}
		_, err := unix.Poll(look, 0)
		closed = err == nil && look[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
	})
	return closed
}
