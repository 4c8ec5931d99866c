//go:build linux

package fileset

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func file(path, content string) File {
	return File{Path: path, Mode: 0o600, Content: []byte(content)}
}

// mustWrite writes and checks whether it was needed.
func mustWrite(t *testing.T, f File, owner *Owner, want bool) {
	t.Helper()
	if err := Preflight(f, true, owner).Err; err != nil {
		t.Errorf("what does not fail was predicted to: %v", err)
	}
	changed, err := newTarget(f, owner).write()
	if err != nil {
		t.Fatal(err)
	}
	if changed != want {
		t.Errorf("changed = %v, want %v", changed, want)
	}
	got, err := os.ReadFile(f.Path)
	if err != nil || !bytes.Equal(got, f.Content) {
		t.Errorf("read %q, %v, want %q", got, err, f.Content)
	}
	info, err := os.Lstat(f.Path)
	if err != nil || info.Mode() != f.Mode {
		t.Errorf("mode %v, %v, want %v", info.Mode(), err, f.Mode)
	}
}

// mustFail wants a WriteError that says all of the words, and nothing beside what was there.
func mustFail(t *testing.T, f File, owner *Owner, is error, words ...string) {
	t.Helper()
	dir := filepath.Dir(f.Path)
	before := names(dir)
	mustPreflight(t, f, owner, is)
	_, err := newTarget(f, owner).write()
	var w *WriteError
	if !errors.As(err, &w) || is != nil && !errors.Is(err, is) {
		t.Fatalf("error %v, want a WriteError with %v", err, is)
	}
	for _, word := range append(words, f.Path) {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
	if strings.Contains(err.Error(), tempPrefix) {
		t.Errorf("error %q names a temporary file", err)
	}
	if after := names(dir); after != before {
		t.Errorf("left behind: %s, before: %s", after, before)
	}
}

// mustPreflight wants the same error without writing.
func mustPreflight(t *testing.T, f File, owner *Owner, is error) {
	t.Helper()
	err := Preflight(f, true, owner).Err
	var w *WriteError
	if !errors.As(err, &w) || is != nil && !errors.Is(err, is) {
		t.Errorf("predicted %v, want a WriteError with %v", err, is)
	}
}

func TestWriteOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	f := file(filepath.Join(t.TempDir(), "etc", "agent", "a.json"), "one")
	mustWrite(t, f, nil, true)
	first, _ := os.Lstat(f.Path)
	mustWrite(t, f, nil, false)
	again, _ := os.Lstat(f.Path)
	if !os.SameFile(first, again) || !first.ModTime().Equal(again.ModTime()) {
		t.Error("an unchanged file was touched")
	}
	f.Content = []byte("two")
	mustWrite(t, f, nil, true)
	f.Mode = 0o640
	mustWrite(t, f, nil, true)
	if err := os.Chmod(f.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, f, nil, true) // content is right, but others could read it
	if got := names(filepath.Dir(f.Path)); got != "a.json" {
		t.Errorf("left behind: %s", got)
	}
}

func TestWriteMakesParentsWhateverTheUmask(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	path := filepath.Join(top, "a", "b", "c.conf")
	if out, err := helper(t, "write", "077", path, "x").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, dir := range []string{"a", "a/b"} {
		if info, err := os.Stat(filepath.Join(top, dir)); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v", dir, info.Mode(), err)
		}
	}
}

func TestWriteReplacesALinkNeverFollows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": victim, "dangling": filepath.Join(dir, "nowhere"), "dir": dir} {
		link := filepath.Join(dir, name)
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, file(link, "secret"), nil, true)
	}
	if got, _ := os.ReadFile(victim); string(got) != "mine" {
		t.Errorf("the link was followed: %q", got)
	}
	if _, err := os.Lstat(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the dangling link was followed")
	}
}

// A hard link made by another user must not receive the secret.
func TestWriteReplacesAHardLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(dir, "target")
	if err := os.Link(other, target); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, file(target, "secret"), nil, true)
	if got, _ := os.ReadFile(other); string(got) != "x" {
		t.Errorf("the other name has %q", got)
	}
}

func TestWriteReplacesAFIFO(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, file(path, "x"), nil, true)
}

func TestWriteRefusesAnOpenDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	mustFail(t, file(filepath.Join(dir, "a"), "x"), nil, nil, "sticky bit", "chmod o-w "+dir)
	if err := os.Chmod(dir, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, file(filepath.Join(dir, "a"), "x"), nil, true)
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		is   error
		word string
	}{
		"directory in its place": {"d", unix.EISDIR, "bind mount"},
		"parent is a file":       {"f/x", unix.ENOTDIR, "parents is a file"},
		"parent of parent":       {"f/x/y", unix.ENOTDIR, "parents is a file"},
		"parent is a loop":       {"loop/x", nil, ""},
		"name too long":          {strings.Repeat("n", 300), unix.ENAMETOOLONG, "shorter"},
		"parents, then too long": {"new/parents/" + strings.Repeat("n", 300), unix.ENAMETOOLONG, "shorter"},
	} {
		t.Run(name, func(t *testing.T) {
			mustFail(t, file(filepath.Join(dir, c.path), "x"), nil, c.is, c.word)
		})
	}
	if _, err := os.Lstat(filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the parents of a failed write were left behind")
	}
}

func TestWriteSweepsWhatTheDeadLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead, living := filepath.Join(dir, tempPrefix+"dead"), filepath.Join(dir, tempPrefix+"living")
	for _, path := range []string{dead, living, filepath.Join(dir, ".a.bak")} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(living)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, file(filepath.Join(dir, "a"), "x"), nil, true)
	if got, want := names(dir), ".a.bak "+filepath.Base(living)+" a"; got != want {
		t.Errorf("left: %s, want %s", got, want)
	}
}

func TestWriteByManyAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x", "a")
	var wg sync.WaitGroup
	for _, content := range killContents() {
		for range 8 {
			wg.Go(func() {
				for range 10 {
					if _, err := Write(File{Path: path, Mode: 0o600, Content: content}); err != nil {
						t.Error(err)
					}
					if got, err := os.ReadFile(path); err != nil || !whole(got) {
						t.Errorf("read %d bytes, %v", len(got), err)
					}
				}
			})
		}
	}
	wg.Wait()
	if got := names(filepath.Dir(path)); got != "a" {
		t.Errorf("left behind: %s", got)
	}
}

// whole reports whether a file has one of the contents that were written.
func whole(got []byte) bool {
	c := killContents()
	return bytes.Equal(got, c[0]) || bytes.Equal(got, c[1])
}
