package sink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// socket is a unix stream socket that another program listens on, one line after the other. A line that a peer did not get as
// a whole goes to the next peer as a whole. What a peer did not read before it went is lost: nobody can know it.
type socket struct {
	path string
	conn net.Conn // nil: there is none
}

// errNotRead says that a peer is there, and does not read.
var errNotRead = errors.New("the program that listens there does not read")

// openSocket takes a path where a socket may be made later. Where something else is, there is never one.
func openSocket(path string) (*socket, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("connect to %s: this is not a socket: give the path of one that a program listens on", path)
	}
	return &socket{path: path}, nil
}

func (s *socket) deliver(ctx context.Context, batch []Item) (int, error) {
	conn, old, err := s.connect(ctx)
	if err != nil {
		return 0, err
	}
	n, err := s.write(ctx, conn, batch)
	if err == nil || !old || n > 0 || ctx.Err() != nil {
		return n, err
	}
	// The peer went since the last line: another one may be there already.
	conn, _, err = s.connect(ctx)
	if err != nil {
		return 0, err
	}
	return s.write(ctx, conn, batch)
}

// connect is the connection, or a new one.
func (s *socket) connect(ctx context.Context) (conn net.Conn, old bool, err error) {
	if s.conn != nil {
		return s.conn, true, nil
	}
	var dialer net.Dialer
	conn, err = dialer.DialContext(ctx, "unix", s.path)
	if err != nil {
		return nil, false, fmt.Errorf("connect: %w", explain(err))
	}
	s.conn = conn
	return conn, false, nil
}

func (s *socket) write(ctx context.Context, conn net.Conn, batch []Item) (int, error) {
	release := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer release()
	written, err := conn.Write(join(batch))
	if err != nil {
		if err = explain(err); ctx.Err() != nil {
			err = errNotRead
		}
		_ = s.close()
		err = fmt.Errorf("write: %w", err)
	}
	return wholeLines(batch, written), err
}

// explain is what the system said of the socket, and what it means.
func explain(err error) error {
	var system unix.Errno
	if !errors.As(err, &system) {
		return err
	}
	switch system {
	case unix.EPROTOTYPE:
		return fmt.Errorf("%w: the program that listens there does not take a stream: it has to listen on a stream socket", system)
	case unix.ECONNREFUSED:
		return fmt.Errorf("%w: nobody listens there", system)
	}
	return system
}

// reopen leaves a connection that works: a program that takes only one would be gone after SIGHUP.
func (s *socket) reopen() error { return nil }

// close gives up the connection: the next line makes a new one.
func (s *socket) close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}
