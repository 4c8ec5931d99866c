//go:build linux

package control

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const socketName = "tsboot.sock"

// answering is a directory where a server answers each connection with the text and closes it.
func answering(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.ReadAtLeast(conn, make([]byte, 4096), 4)
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}()
	return dir
}

// TestClientSaysWhy it has no answer, whatever is there.
func TestClientSaysWhy(t *testing.T) {
	t.Parallel()
	dead := t.TempDir()
	stale(t, dead)
	plain := t.TempDir()
	touch(t, filepath.Join(plain, socketName))
	for name, c := range map[string]struct{ dir, text string }{
		"nothing":         {"/no/such/directory", "no tsboot runs there"},
		"a file":          {"/etc/passwd", "there is no socket of tsboot"},
		"the dead":        {dead, "the tsboot that was there has ended"},
		"a file for one":  {plain, "the tsboot that was there has ended"},
		"one that leaves": {answering(t, ""), "the tsboot that was there has ended"},
		"garbage":         {answering(t, "\x00\x01 what?\r\n\r\n"), "malformed HTTP"},
		"other JSON":      {answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue"), "not of tsboot"},
		"half an answer":  {answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"), "the tsboot that was there has ended"},
		"a refusal":       {answering(t, "HTTP/1.1 403 Forbidden\r\nContent-Length: 18\r\n\r\n{\"error\":\"go off\"}"), "go off"},
		"no directory":    {"", "the run directory is empty"},
		"a long path":     {"/" + strings.Repeat("no/such/", 30) + "directory", "no tsboot runs there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Client{c.dir}.Status(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("status: %v, want %q", err, c.text)
			}
			if health := (Client{c.dir}).Health(t.Context(), true); health.Healthy || !strings.Contains(health.Reason, c.text) {
				t.Errorf("health: %+v", health)
			}
			if _, err := (Client{c.dir}).Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

// TestClientDoesNotWaitForEver for one that accepts and says nothing.
func TestClientDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	dir := listening(t)
	short := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	if _, _, err := (Client{dir}).Status(short()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("status: %v", err)
	}
	if health := (Client{dir}).Health(short(), false); health.Healthy || !strings.Contains(health.Reason, "no answer in time") {
		t.Errorf("health: %+v", health)
	}
	if refresh, err := (Client{dir}).Refresh(short()); err != nil || refresh.Outcome != TimedOut {
		t.Errorf("refresh: %+v, %v", refresh, err)
	}
}

// TestClientWaitsForItsTurn where the kernel's queue is full.
func TestClientWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketName)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	raw, err := l.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) { err = unix.Listen(int(fd), 1) }); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		var conn net.Conn
		if conn, err = net.Dial("unix", filepath.Join(dir, socketName)); err == nil {
			defer conn.Close()
		}
	}
	if !errors.Is(err, unix.EAGAIN) {
		t.Fatal(err)
	}
	asked := make(chan error, 1)
	go func() {
		conn, err := program.Dial(t.Context(), dir)
		if err == nil {
			conn.Close()
		}
		asked <- err
	}()
	select {
	case err := <-asked:
		t.Fatalf("the queue is full, and the client has %v", err)
	case <-time.After(30 * time.Millisecond):
	}
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	if err := <-asked; err != nil {
		t.Error(err)
	}
}

// stale leaves the socket of a tsboot that was killed.
func stale(t *testing.T, dir string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketName)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

func touch(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// listening is a directory where somebody listens.
func listening(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return dir
}
