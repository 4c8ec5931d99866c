package console

import (
	"errors"
	"net"
	"testing"
)

// TestConnectionsAreLimited: one more is accepted when another has ended, and a close ends the wait.
func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limited(inner, 1).(*limitedListener)
	for range 3 {
		conn, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- conn
		}
	}()
	first := <-accepted
	select {
	case <-accepted:
		t.Fatal("two are accepted where one may be")
	default:
	}
	_ = first.Close()
	_ = first.Close() // gives back no second place
	second := <-accepted
	if len(l.slots) != 1 {
		t.Errorf("%d places are taken, want 1", len(l.slots))
	}
	_ = l.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the end is %v", err)
	}
	_ = second.Close()
}
