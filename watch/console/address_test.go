package console

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"127.0.0.1:8080", "127.0.0.1:0", "[::1]:65535", "unix:/run/tswatch/console.sock", "unix:rel.sock", "unix:/" + strings.Repeat("x", 106)} {
		if address, err := ParseAddress(good); err != nil || address.String() != good {
			t.Errorf("%s is %v, %v", good, address, err)
		}
	}
	for _, wrong := range []string{
		"", ":8080", "8080", "0.0.0.0:8080", "[::]:8080", "localhost:8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536",
		"127.0.0.1:-1", "127.0.0.2:80", "10.0.0.1:80", "[::ffff:127.0.0.1]:80", "[::1%lo]:80", "::1:80", "http://127.0.0.1:80", "unix:", "unix:a\x00b", "unix:@abstract", "unix:/" + strings.Repeat("x", 107),
		"tcp:127.0.0.1:80", " 127.0.0.1:80", "127.0.0.1:80/",
	} {
		if address, err := ParseAddress(wrong); err == nil {
			t.Errorf("%q is taken as %v", wrong, address)
		}
	}
	if _, err := ParseAddress("192.0.2.1:80"); !strings.Contains(err.Error(), "put a proxy in front") {
		t.Errorf("the error does not say what to do: %v", err)
	}
}

func TestAddressIsTaken(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", "unix:" + socketPath(t)} {
		c, _ := serve(t, address, Options{})
		second, err := ParseAddress(c.Stats().Address)
		if err != nil || strings.HasSuffix(c.Stats().Address, ":0") {
			t.Fatalf("of %s the status says %s: %v", address, c.Stats().Address, err)
		}
		if other, err := Listen(context.Background(), Options{Address: second}); err == nil {
			other.Close()
			t.Errorf("%s is served twice", second)
		} else if !strings.Contains(err.Error(), second.String()) {
			t.Errorf("the error does not name %s: %v", second, err)
		}
	}
}

func TestSocket(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	_ = stale.Close() // as SIGKILL leaves it
	c, stop := serve(t, "unix:"+path, Options{})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("the socket is %v, %v", info, err)
	}
	c.Publish(execOf(1))
	look(t, c, "").want(pidText(1))
	stop()
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is still there at the end")
	}
}

// TestNotASocket: nothing but a socket is removed.
func TestNotASocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{path, link, filepath.Join(path, "below"), t.TempDir()} {
		if _, err := Listen(context.Background(), Options{Address: Address{"unix", where}}); err == nil {
			t.Errorf("%s is taken", where)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "x" {
		t.Errorf("the file is %q, %v", text, err)
	}
}
