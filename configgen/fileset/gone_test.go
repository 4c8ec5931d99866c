//go:build linux

package fileset

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestGone: a file that is not to be there any more is removed when an earlier boot wrote it and nothing changed it since,
// and comes back with the others when that did not last.
func TestGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	psk, conf, other := file(filepath.Join(dir, "a/psk"), "0123"), file(filepath.Join(dir, "b/conf"), "x"), file(filepath.Join(dir, "c/other"), "y")
	apply := func(files, gone []File, changed, removed int) Applied {
		t.Helper()
		a, err := Apply(files, nil, Options{Keep: true, Gone: gone})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Changed) != changed || len(a.Removed) != removed {
			t.Errorf("changed %q, removed %q, want %d and %d", a.Changed, a.Removed, changed, removed)
		}
		return a
	}
	there := func(want ...File) {
		t.Helper()
		for _, f := range []File{psk, conf, other} {
			_, err := os.Lstat(f.Path)
			if is := slices.ContainsFunc(want, func(w File) bool { return w.Path == f.Path }); is != (err == nil) {
				t.Errorf("%s is there: %v, want %v", f.Path, err == nil, is)
			}
		}
	}
	apply([]File{psk, conf, other}, nil, 3, 0)
	// the first file goes, whose record is beside it, and comes back
	a := apply([]File{conf, other}, []File{psk}, 0, 1)
	there(conf, other)
	if err := a.Kept.Restore(); err != nil {
		t.Fatal(err)
	}
	there(psk, conf, other)
	if content, err := os.ReadFile(psk.Path); err != nil || string(content) != "0123" {
		t.Errorf("restored %q, %v", content, err)
	}
	apply([]File{psk, conf, other}, nil, 0, 0)
	// another one, and all of them
	if err := apply([]File{psk, conf}, []File{other}, 0, 1).Kept.Discard(); err != nil {
		t.Fatal(err)
	}
	there(psk, conf)
	apply([]File{psk, conf}, []File{other}, 0, 0)
	apply(nil, []File{psk, conf, other}, 0, 2)
	there()
	// what tsboot did not write, and what was changed, stays
	apply([]File{psk, conf}, nil, 2, 0)
	if err := os.MkdirAll(filepath.Dir(other.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range []File{conf, other} {
		if err := os.WriteFile(f.Path, []byte("of somebody else"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	apply([]File{psk}, []File{conf, other}, 0, 0)
	there(psk, conf, other)
	apply([]File{psk}, []File{file(filepath.Join(dir, "none/f"), "")}, 0, 0)
}
