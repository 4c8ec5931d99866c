package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	unixPrefix  = "unix:"
	socketMode  = 0o600
	dialTimeout = time.Second // for the one who may listen on a socket already

	maxSocketPath = 107 // of an address of a unix socket, on Linux
)

// Address is where the page is served: a port of this machine alone, or a socket.
type Address struct{ network, where string }

// ParseAddress reads 127.0.0.1:PORT, [::1]:PORT or unix:PATH.
func ParseAddress(text string) (Address, error) {
	if path, ok := strings.CutPrefix(text, unixPrefix); ok {
		switch {
		case path == "" || path[0] == '@' || strings.ContainsRune(path, 0): // with @ it would be no file, and everybody could connect
			return Address{}, fmt.Errorf("%q: want the path of a socket after %s", text, unixPrefix)
		case len(path) > maxSocketPath:
			return Address{}, fmt.Errorf("%q: the path of a socket has at most %d bytes", text, maxSocketPath)
		}
		return Address{"unix", path}, nil
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil || at.Addr() != netip.IPv6Loopback() && at.Addr() != netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
		return Address{}, fmt.Errorf("%q: want 127.0.0.1:PORT, [::1]:PORT or unix:PATH; for other machines put a proxy in front", text)
	}
	return Address{"tcp", at.String()}, nil
}

// listen opens the address. An error says that it cannot be had.
func (a Address) listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	if a.network == "unix" {
		if err := a.removeStale(ctx); err != nil {
			return nil, err
		}
		config.Control = func(_, _ string, conn syscall.RawConn) error {
			// On Linux the file has this mode from its first moment on.
			return conn.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), socketMode) })
		}
	}
	listener, err := config.Listen(ctx, a.network, a.where)
	if err != nil {
		return nil, fmt.Errorf("serve the console on %s: %w", a, plain(err))
	}
	if a.network == "unix" {
		if err := os.Chmod(a.where, socketMode); err != nil {
			return nil, errors.Join(fmt.Errorf("serve the console on %s: %w", a, err), listener.Close())
		}
	}
	return listener, nil
}

// removeStale removes the socket of a tswatch that was killed, and nothing else.
func (a Address) removeStale(ctx context.Context) error {
	info, err := os.Lstat(a.where)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("serve the console on %s: %w", a, err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("serve the console on %s: something that is not a socket has this name: remove it", a)
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, a.network, a.where)
	if err == nil {
		_ = conn.Close()
		return fmt.Errorf("serve the console on %s: another program listens there", a)
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("serve the console on %s: look whether somebody listens: %w", a, plain(err))
	}
	if err := os.Remove(a.where); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("serve the console on %s: remove the socket of a program that was killed: %w", a, err)
	}
	return nil
}

// String is the address as it was given.
func (a Address) String() string {
	if a.network == "unix" {
		return unixPrefix + a.where
	}
	return a.where
}

// plain is what the system said, without what package net puts around it.
func plain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
