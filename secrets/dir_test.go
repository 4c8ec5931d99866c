//go:build unix

package secrets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func TestDirOfFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "DB_Password"), "p\x00 \xff\n")
	write(t, filepath.Join(dir, "empty"), "")
	write(t, filepath.Join(dir, ".hidden"), canary)
	write(t, filepath.Join(dir, "sub", "key"), canary)
	if err := unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(dir, "empty"), filepath.Join(dir, "linked"))
	layer, _, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, wanted := flat([]Layer{layer}), "dir:"+dir+": db-password=p\x00 \xff\n empty= linked=\n"; got != wanted {
		t.Errorf("got  %q\nwant %q", got, wanted)
	}
	p := layer.Parameters[0]
	if p.FullName != filepath.Join(dir, "DB_Password") || p.Type != "file" || p.LastModified.IsZero() {
		t.Errorf("%+v", p)
	}
}

// kubernetes lays a directory out as the kubelet does.
func kubernetes(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, value := range files {
		write(t, filepath.Join(dir, "..2026_01_02_03_04_05.678", name), value)
		link(t, filepath.Join("..data", name), filepath.Join(dir, name))
	}
	link(t, "..2026_01_02_03_04_05.678", filepath.Join(dir, "..data"))
	return dir
}

func TestDirOfKubernetes(t *testing.T) {
	t.Parallel()
	dir := kubernetes(t, map[string]string{"key": "k", "tls.crt": "c"})
	layer, dangling, err := ReadDir(dir)
	if err != nil || len(dangling) > 0 {
		t.Fatal(err, dangling)
	}
	if got, wanted := flat([]Layer{layer}), "dir:"+dir+": key=k tls-crt=c\n"; got != wanted {
		t.Errorf("got  %q\nwant %q", got, wanted)
	}
	if p := layer.Parameters[0]; p.FullName != filepath.Join(dir, "key") {
		t.Errorf("full name %s, want the one that the operator knows", p.FullName)
	}
}

func TestDirFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "big", "file"), strings.Repeat("x", maxFile+1))
	write(t, filepath.Join(dir, "twice", "a_b"), canary)
	write(t, filepath.Join(dir, "twice", "a-b"), canary)
	for _, test := range []struct {
		dir, code string
		kind      Kind
		words     []string
	}{
		{"none", CodeBadSecretsDir, Usage, []string{"no such file or directory"}},
		{"big/file", CodeBadSecretsDir, Usage, []string{"not a directory"}},
		{"big", CodeSecretTooLarge, Invalid, []string{"big/file", "larger than 1024 KiB", "--secrets-dir"}},
		{"twice", CodeAmbiguousName, Invalid, []string{"twice/a_b", "twice/a-b"}},
	} {
		_, _, err := ReadDir(filepath.Join(dir, test.dir))
		want(t, err, test.code, test.kind, test.words...)
		check(t, "the error", err.Error())
	}
}

// A link that leads nowhere, whatever is wrong with it, does not hide the files
// beside it.
func TestDirWithDanglingLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "good"), "g")
	write(t, filepath.Join(dir, "sub", "x"), canary)
	link(t, "/nonexistent/secret", filepath.Join(dir, "gone"))
	link(t, "loop", filepath.Join(dir, "loop"))
	link(t, "good/below-a-file", filepath.Join(dir, "notdir"))
	link(t, strings.Repeat("x", 300), filepath.Join(dir, "toolong"))
	link(t, "sub", filepath.Join(dir, "directory"))
	link(t, "/dev/zero", filepath.Join(dir, "device"))
	layer, dangling, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, wanted := flat([]Layer{layer}), "dir:"+dir+": good=g\n"; got != wanted {
		t.Errorf("got  %q\nwant %q", got, wanted)
	}
	var names []string
	for _, d := range dangling {
		names = append(names, filepath.Base(d.Path))
		if d.Target == "" || d.Reason == "" {
			t.Errorf("%+v", d)
		}
	}
	if strings.Join(names, " ") != "gone loop notdir toolong" {
		t.Errorf("passed over %v", names)
	}
}
