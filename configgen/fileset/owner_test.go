//go:build linux

package fileset

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestOwnerOfAFile: a file that names its owner belongs to it, with the directories that are made for it. Later boots take
// them, for the files of other owners, too; a boot that does not know the owner does not.
func TestOwnerOfAFile(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	own := &Owner{UID: 12345, GID: 23456}
	files := func(content string) []File {
		return []File{
			{Path: filepath.Join(dir, "made/here/psk"), Mode: 0o600, Content: []byte(content), Owner: own},
			{Path: filepath.Join(dir, "made/here/agent.conf"), Mode: 0o640, Content: []byte("x" + content), Trusted: []int{12345}},
			{Path: filepath.Join(dir, "other/f"), Mode: 0o600, Content: []byte("y"), Trusted: []int{12345}},
		}
	}
	for _, user := range []*Owner{nil, {UID: 54321, GID: 54322}} {
		if err := os.RemoveAll(filepath.Join(dir, "made")); err != nil {
			t.Fatal(err)
		}
		for i, content := range []string{"one", "one", "two"} {
			a, err := Apply(files(content), user, Options{Skips: true, Keep: true})
			if err != nil {
				t.Fatalf("boot %d: %v", i, err)
			}
			if want := []int{2, 0, 2}[i]; len(a.Changed)-want > 1 || len(a.Changed) < want {
				t.Errorf("boot %d: changed %v", i, a.Changed)
			}
			if a.Unrecorded != nil {
				t.Errorf("boot %d: %v", i, a.Unrecorded)
			}
			if i < 2 {
				continue
			}
			if err := a.Kept.Restore(); err != nil {
				t.Errorf("restore: %v", err)
			}
			if got, _ := os.ReadFile(files("")[0].Path); string(got) != "one" {
				t.Errorf("restored %q", got)
			}
		}
		uid, gid := 0, 0
		if user != nil {
			uid, gid = user.UID, user.GID
		}
		wantOwner(t, filepath.Join(dir, "made"), 12345, 23456)
		wantOwner(t, filepath.Join(dir, "made/here"), 12345, 23456)
		wantOwner(t, files("")[0].Path, 12345, 23456)
		wantOwner(t, files("")[1].Path, uid, gid)
		wantOwner(t, filepath.Join(dir, "other"), 0, 0)
		info, err := os.Stat(filepath.Join(dir, "made/here"))
		if err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		left := &Earlier{Owner: user}
		for _, f := range files("one") {
			if problem := left.Check(f); problem != nil {
				t.Errorf("%+v", problem)
			}
		}
		if _, problem := left.Applied(true); problem != nil {
			t.Errorf("%+v", problem)
		}
		if !SetupPending(files("")[0], user) {
			t.Error("the record is not read")
		}
		for _, f := range files("one") {
			if p := Preflight(f, true, user); p.Err != nil || p.State != StateUnchanged {
				t.Errorf("%s: %+v", f.Path, p)
			}
		}
	}
	stranger := files("one")[1]
	stranger.Trusted = nil
	_, err := Apply([]File{stranger}, nil, Options{})
	if w := (*WriteError)(nil); !errors.As(err, &w) || w.Code() != "directory-foreign" {
		t.Errorf("a boot that does not know the owner: %v", err)
	}
}
