//go:build linux

package fileset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// staged gives targets that are ready to be put in place, in two directories,
// every second one with a file in its place.
func staged(t *testing.T, dir string) []*target {
	t.Helper()
	var list []*target
	for i := range 4 {
		f := file(filepath.Join(dir, fmt.Sprintf("d%d/new/f%d", i%2, i)), "new")
		if i < 2 {
			mustWrite(t, file(f.Path, "old"), nil, true)
		}
		next := newTarget(f, nil)
		t.Cleanup(next.close)
		if err := errors.Join(next.open(), next.writeTemp()); err != nil {
			t.Fatal(err)
		}
		list = append(list, next)
	}
	return list
}

// contents lists all files below a directory with what they hold.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var data []byte
			data, err = os.ReadFile(name)
			all = append(all, strings.TrimPrefix(name, dir+"/")+"="+string(data))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestCommitAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := commit(staged(t, dir), false); err != nil {
		t.Fatal(err)
	}
	if got, want := contents(t, dir), "d0/new/f0=new d0/new/f2=new d1/new/f1=new d1/new/f3=new"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestCommitNone: when any rename fails, everything is as before.
func TestCommitNone(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			list := staged(t, dir)
			_ = os.Remove(list[i].file.Path)
			if err := os.Mkdir(list[i].file.Path, 0o755); err != nil { // a directory cannot be replaced
				t.Fatal(err)
			}
			_, err := commit(list, false)
			var failed *WriteError
			if !errors.As(err, &failed) || failed.Path != list[i].file.Path || !errors.Is(err, unix.EISDIR) {
				t.Errorf("error %v", err)
			}
			want := []string{"d0/new/f0=old", "d1/new/f1=old"}
			if i < 2 {
				want = append(want[:i], want[i+1:]...)
			}
			if got := contents(t, dir); got != strings.Join(want, " ") {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

// TestCommitNoneOfNewDirectories: directories that were made go, too.
func TestCommitNoneOfNewDirectories(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	blocked := filepath.Join(dir, "there", "f")
	if err := os.MkdirAll(filepath.Dir(blocked), 0o755); err != nil {
		t.Fatal(err)
	}
	var list []*target
	for _, name := range []string{filepath.Join(dir, "a/b/c/f"), filepath.Join(dir, "a/b/d/f"), blocked} {
		next := newTarget(file(name, "new"), nil)
		t.Cleanup(next.close)
		if err := errors.Join(next.open(), next.writeTemp()); err != nil {
			t.Fatal(err)
		}
		list = append(list, next)
	}
	if err := os.Mkdir(blocked, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := commit(list, false); err == nil {
		t.Error("committed")
	}
	if got := names(dir); got != "there" {
		t.Errorf("left behind: %s", got)
	}
}

// TestPutBackWithoutLinks: where a file cannot have a second name, it is put back all the same.
func TestPutBackWithoutLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	list := staged(t, dir)[:1]
	aside := tempName()
	if err := os.Rename(list[0].file.Path, filepath.Join(filepath.Dir(list[0].file.Path), aside)); err != nil {
		t.Fatal(err)
	}
	list[0].backup = aside
	if err := rollback(list, 1, unix.EIO); !errors.Is(err, unix.EIO) || strings.Contains(err.Error(), "put back") {
		t.Error(err)
	}
	if got := contents(t, filepath.Dir(list[0].file.Path)); !strings.Contains(got, "f0=old") {
		t.Error(got)
	}
}

// TestApplyNone: one file that cannot be written keeps all of a boot from being written.
func TestApplyNone(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.mustBoot("k1")
	before := contents(t, o.dir)
	o.do(os.Remove(o.b()))
	o.do(os.Mkdir(o.b(), 0o755))
	if err := o.boot("k2"); err == nil || !strings.Contains(err.Error(), o.b()) {
		t.Errorf("error %v", err)
	}
	if got := contents(t, o.dir); !strings.HasPrefix(before, got) {
		t.Errorf("%s, before: %s", got, before)
	}
	o.refused("file-is-directory")
}
