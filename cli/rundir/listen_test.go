//go:build linux

package rundir

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
)

// modeOf is what lstat says of a file.
func modeOf(t *testing.T, file string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

const (
	program    = Program("tsboot")
	socketName = "tsboot.sock"
	lockName   = "tsboot.lock"
)

// takes listens in the directory and gives it back.
func takes(t *testing.T, dir string) {
	t.Helper()
	l, err := program.Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if mode := modeOf(t, filepath.Join(dir, socketName)); mode != os.ModeSocket|0o600 {
		t.Errorf("the socket has the mode %v", mode)
	}
	conn, err := program.Dial(t.Context(), dir)
	if err != nil {
		t.Errorf("connect: %v", err)
	} else {
		conn.Close()
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// refuses expects an error with the text, and that nothing is changed.
func refuses(t *testing.T, dir, text string) {
	t.Helper()
	before, _ := os.ReadDir(dir) // it may be no directory
	l, err := program.Listen(t.Context(), dir)
	if err == nil {
		l.Close()
	}
	if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v, want %q and the directory in it", err, text)
	}
	if after, _ := os.ReadDir(dir); len(after) != len(before) {
		t.Errorf("there was %v, there is %v", before, after)
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

func TestListenTakes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a-long-name", 20)
	for name, prepare := range map[string]func(t *testing.T, dir string) string{
		"an empty directory":    func(_ *testing.T, dir string) string { return dir },
		"one that is missing":   func(_ *testing.T, dir string) string { return filepath.Join(dir, "a", "b") },
		"one with a long path":  func(_ *testing.T, dir string) string { return filepath.Join(dir, long, long) },
		"a link to one":         func(t *testing.T, dir string) string { return linkTo(t, dir) },
		"a socket of the dead":  func(t *testing.T, dir string) string { stale(t, dir); return dir },
		"a long, dead one":      func(t *testing.T, dir string) string { return longAndStale(t, dir, long) },
		"a lock of the dead":    func(t *testing.T, dir string) string { touch(t, filepath.Join(dir, lockName)); return dir },
		"a slash at the end":    func(_ *testing.T, dir string) string { return dir + "/" },
		"white space and bytes": func(_ *testing.T, dir string) string { return filepath.Join(dir, "a b\n\xff") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := prepare(t, t.TempDir())
			_, errBefore := os.Stat(dir)
			takes(t, dir)
			if mode := modeOf(t, dir); errBefore != nil && mode.Perm() != 0o700 {
				t.Errorf("the directory was made with %v", mode)
			}
			takes(t, dir) // once more
		})
	}
}

func touch(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func linkTo(t *testing.T, dir string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// longAndStale moves a stale socket below a path that is too long for an address.
func longAndStale(t *testing.T, dir, long string) string {
	t.Helper()
	stale(t, dir)
	to := filepath.Join(dir, long)
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, socketName), filepath.Join(to, socketName)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestListenRefuses what it cannot use, and touches nothing of it.
func TestListenRefuses(t *testing.T) {
	t.Parallel()
	const isTaken = "something that is not a socket has this name"
	for name, c := range map[string]struct {
		text    string
		prepare func(t *testing.T, socket string) error
	}{
		"a file":            {isTaken, func(_ *testing.T, socket string) error { return os.WriteFile(socket, nil, 0o600) }},
		"a directory":       {isTaken, func(_ *testing.T, socket string) error { return os.Mkdir(socket, 0o700) }},
		"a pipe":            {isTaken, func(_ *testing.T, socket string) error { return unix.Mkfifo(socket, 0o600) }},
		"a link to nowhere": {isTaken, func(_ *testing.T, socket string) error { return os.Symlink("nowhere", socket) }},
		"a link to a socket": {isTaken, func(t *testing.T, socket string) error {
			return os.Symlink(filepath.Join(listening(t), socketName), socket)
		}},
		"a lock that is none": {"", func(_ *testing.T, socket string) error {
			return os.Symlink("x", filepath.Join(filepath.Dir(socket), lockName))
		}},
		"a lock directory": {"", func(_ *testing.T, socket string) error {
			return os.Mkdir(filepath.Join(filepath.Dir(socket), lockName), 0o700)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := c.prepare(t, filepath.Join(dir, socketName)); err != nil {
				t.Fatal(err)
			}
			refuses(t, dir, c.text)
		})
	}
	t.Run("no directory", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "file")
		touch(t, file)
		refuses(t, file, "not a directory")
		refuses(t, filepath.Join(file, "below"), "not a directory")
	})
	t.Run("not writable", func(t *testing.T) {
		t.Parallel()
		refuses(t, "/proc/sys", "")
		refuses(t, "/proc/no-such-directory", "")
	})
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

// TestASecondListenerIsRefused: who listens is named. That another process holds the lock is for tests of the program.
func TestASecondListenerIsRefused(t *testing.T) {
	t.Parallel()
	dir := listening(t)
	_, err := program.Listen(t.Context(), dir)
	var held *HeldError
	if !errors.As(err, &held) || held.PID != os.Getpid() || held.Dir != dir {
		t.Errorf("%v", err)
	}
	if _, err := net.Dial("unix", filepath.Join(dir, socketName)); err != nil {
		t.Errorf("the first one has lost its socket: %v", err)
	}
}

// TestWhatReplacedTheSocketStays at the end of the first one.
func TestWhatReplacedTheSocketStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := program.Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, socketName)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	touch(t, name)
	l.Close()
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
}

// TestListenEndsWithItsContext, and gives back what comes too late. No test is beside it, so that the late one is the only goroutine that
// began meanwhile: the directory goes when that has ended.
func TestListenEndsWithItsContext(t *testing.T) {
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if l, err := program.Listen(ctx, dir); err == nil {
		l.Close() // it was as fast
	}
	wait.For(t, 20*time.Second, "the late one ends", func() bool { return goleak.Find(before) == nil })
	l, err := program.Listen(t.Context(), dir)
	if err != nil {
		t.Fatalf("it did not give the directory back: %v", err)
	}
	l.Close()
}
