package sink

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestSocketPeerComesAndGoes: lines wait for the first peer, and go on whole with the next one.
func TestSocketPeerComesAndGoes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "peer")
	fan := openFan(t, Options{}, "unix:"+path)
	put(t, fan, 0, 100)
	eventually(t, "nobody is there", func() bool { return strings.Contains(fan.Status()[0].LastError, "no such file") })
	got := ""
	for round := range 3 {
		_ = os.Remove(path)
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(conn)
		for range 100 {
			text, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			got += text
		}
		syscall.ForkLock.RLock() // a child that another test starts has both until its exec
		_ = conn.Close()
		_ = listener.Close()
		syscall.ForkLock.RUnlock()
		put(t, fan, 100*(round+1), 100*(round+2))
		eventually(t, "it is gone", func() bool { return fan.Status()[0].FailingSince != nil })
	}
	wantNumbers(t, numbers(t, got), 0, 300)
	if err := fan.Close(context.Background()); err == nil {
		t.Error("100 lines were left")
	}
	wantStatus(t, fan, 300, 100, 0)
}

// TestSocketAtSIGHUP: a connection that works stays.
func TestSocketAtSIGHUP(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "peer")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	fan := openFan(t, Options{times: patient}, "unix:"+path)
	for round := range 3 {
		put(t, fan, 10*round, 10*round+10)
		eventually(t, "it has all", func() bool { return fan.Status()[0].Sent == uint64(10*round+10) })
		fan.Reopen()
	}
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	closeFan(t, fan)
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, numbers(t, string(text)), 0, 30)
	_ = conn.Close()
}

// TestAnAbsentOutputIsAskedWithPauses: it is asked again with pauses that grow, not in a loop.
func TestAnAbsentOutputIsAskedWithPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fan := openFan(t, Options{times: times{}.withDefaults()}, "unix:"+filepath.Join(t.TempDir(), "nobody"))
		absent := &failing{}
		fan.sinks[0].device = absent
		put(t, fan, 0, 1)
		<-time.After(time.Minute)
		synctest.Wait()
		if asked := absent.asked.Load(); asked < 6 || asked > 20 {
			t.Errorf("asked %d times in a minute", asked)
		}
		_ = fan.Close(context.Background())
	})
}

// failing is an output that never takes a line.
type failing struct{ asked atomic.Int32 }

func (f *failing) deliver(context.Context, []Item) (int, error) {
	f.asked.Add(1)
	return 0, errors.New("nobody is there")
}

func (*failing) reopen() error { return nil }

func (*failing) close() error { return nil }

// TestSocketOfAnotherKind: the status says what is wrong with it. What is not a socket at all cannot be had.
func TestSocketOfAnotherKind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	datagram, err := net.ListenPacket("unixgram", filepath.Join(dir, "datagram"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = datagram.Close() }()
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "left")})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	_ = left.Close()
	for name, want := range map[string]string{
		"datagram": "has to listen on a stream socket", "left": "connect: connection refused: nobody listens there", "missing": "connect: no such file or directory",
	} {
		fan := openFan(t, Options{}, "unix:"+filepath.Join(dir, name))
		put(t, fan, 0, 1)
		eventually(t, want, func() bool { return strings.Contains(fan.Status()[0].LastError, want) })
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", ""} {
		if _, err := OpenFan([]string{"unix:" + filepath.Join(dir, name)}, Options{}); err == nil || !strings.Contains(err.Error(), "not a socket") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnOutputThatBlocks: it gives no error, and the status says since when it takes nothing.
func TestAnOutputThatBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fan := openFan(t, Options{times: times{}.withDefaults()}, "unix:"+filepath.Join(t.TempDir(), "nobody"))
		fan.sinks[0].device = deaf{}
		put(t, fan, 0, 1)
		began := time.Now()
		<-time.After(stuckAfter - time.Second)
		if s := fan.Status()[0]; s.FailingSince != nil {
			t.Errorf("too early: %+v", s)
		}
		<-time.After(2 * time.Second)
		if s := fan.Status()[0]; s.FailingSince == nil || !s.FailingSince.Equal(began) || s.LastError == "" {
			t.Errorf("%+v, want it failing since %s", s, began)
		}
		_ = fan.Close(context.Background())
	})
}

// deaf is an output that does not read.
type deaf struct{}

func (deaf) deliver(ctx context.Context, _ []Item) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

func (deaf) reopen() error { return nil }

func (deaf) close() error { return nil }

// TestSocketThatDoesNotRead: the end does not wait for it for ever, and a line is never sent in part.
func TestSocketThatDoesNotRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "peer")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	fan := openFan(t, Options{}, "unix:"+path)
	const lines = 5000
	for range lines {
		_ = fan.Put(Item{Line: append(make([]byte, 999), '\n')})
	}
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "some are written", func() bool { return fan.Status()[0].Sent > 0 })
	begin := time.Now()
	if err := fan.Close(context.Background()); err == nil || !strings.Contains(err.Error(), errNotRead.Error()) {
		t.Errorf("%v, want that it did not read", err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("closed after %s", took)
	}
	if s := fan.Status()[0]; s.Sent == 0 || s.Sent+s.Dropped != lines {
		t.Errorf("sent %d, dropped %d, of %d", s.Sent, s.Dropped, lines)
	}
	_ = conn.Close()
}
