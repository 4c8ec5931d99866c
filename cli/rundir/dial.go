package rundir

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// connectPause is how long a client waits before it tries again to get into a queue that is full.
const connectPause = 10 * time.Millisecond

// Dial connects to the program of a run directory, also by a path that is longer than an address may be.
func (p Program) Dial(ctx context.Context, path string) (net.Conn, error) {
	if p.fits(path) {
		return dial(ctx, p.address(nil, path))
	}
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dial(ctx, p.address(dir, path))
}

// dial tries again while the queue of the socket is full.
func dial(ctx context.Context, name string) (net.Conn, error) {
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "unix", name)
		if !errors.Is(err, unix.EAGAIN) {
			return conn, err
		}
		select {
		case <-time.After(connectPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
