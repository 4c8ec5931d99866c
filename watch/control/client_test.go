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
	"sync"
	"testing"
	"time"
	"unicode"
)

// stranger is a program that is no tswatch and has its socket: it sends what it is given to each that asks.
func stranger(t *testing.T, answer string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "tswatch.sock"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, answer)
			conn.Close()
		}
	})
	t.Cleanup(func() {
		listener.Close()
		all.Wait()
	})
	return dir
}

// TestNobodyToAsk: whatever is in the directory, the error says in one line what it is, and nothing that steers a terminal.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	const notOurs = "it is not a tswatch that answers there"
	ok := func(body string) string { return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body }
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	noSocket := t.TempDir()
	if err := os.WriteFile(filepath.Join(noSocket, "tswatch.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ dir, want string }{
		"no directory":  {"/nowhere/at/all", "no tswatch runs there"},
		"an empty one":  {t.TempDir(), "no tswatch runs there"},
		"a file":        {file, "there is no socket of tswatch"},
		"a dead socket": {noSocket, "the tswatch that was there has ended"},
		"no HTTP":       {stranger(t, "220 mail.example ESMTP\r\n"), notOurs},
		"nothing":       {stranger(t, ""), "it closed the connection"},
		"another page":  {stranger(t, ok("<html>")), notOurs},
		"other JSON":    {stranger(t, ok(`{"a":1}`)), notOurs},
		"a list":        {stranger(t, ok(`[]`)), notOurs},
		"health":        {stranger(t, ok(`{"healthy":true,"reason":"tsboot answers","version":"1"}`)), notOurs},
		"no status":     {stranger(t, "HTTP/1.1 200 OK\r\nServer: tswatch\r\nConnection: close\r\n\r\n<html>"), notOurs},
		"colours":       {stranger(t, "HTTP/1.1 500 \x1b[31mred\r\nConnection: close\r\n\r\n\x1b]0;title\a"+strings.Repeat("x", 5000)), "it answered"},
		"half":          {stranger(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), "it closed the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := Client{test.dir}
			_, _, err := client.Status(t.Context())
			var ask *AskError
			if !errors.As(err, &ask) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.dir) {
				t.Errorf("status: %v, want %q", err, test.want)
			}
			health := client.Health(t.Context(), true, 0)
			if health.Healthy || !strings.Contains(health.Reason, test.want) {
				t.Errorf("health: %+v, want %q", health, test.want)
			}
			for _, text := range []string{err.Error(), health.Reason} {
				if strings.ContainsFunc(text, unicode.IsControl) || len(text) > 700 {
					t.Errorf("%d bytes: %q", len(text), text)
				}
			}
		})
	}
}

func TestNoDirectory(t *testing.T) {
	t.Parallel()
	if _, _, err := (Client{}).Status(t.Context()); !errors.Is(err, ErrOff) {
		t.Errorf("%v", err)
	}
	if health := (Client{}).Health(t.Context(), true, -1); health.Healthy || health.Reason != ErrOff.Error() {
		t.Errorf("%+v", health)
	}
}

// TestNoAnswer: the time of the one who asks ends the wait for a tswatch that hangs.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "tswatch.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := (Client{dir}).Status(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("%v", err)
	}
}
