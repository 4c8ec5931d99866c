//go:build linux

package fileset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// tmpfs mounts one for the test.
func tmpfs(t *testing.T, options string) string {
	t.Helper()
	needRoot(t)
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, options)
	return dir
}

func mount(t *testing.T, source, target, fstype string, flags uintptr, data string) {
	t.Helper()
	if err := unix.Mount(source, target, fstype, flags, data); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

func TestWriteOnAFullFileSystem(t *testing.T) {
	dir := tmpfs(t, "size=32k,mode=755")
	path := filepath.Join(dir, "a")
	mustWrite(t, file(path, "small"), nil, true)
	mustFail(t, file(path, strings.Repeat("x", 100_000)), nil, unix.ENOSPC, "free some space", dir)
	mustFail(t, file(filepath.Join(dir, "new/b"), strings.Repeat("x", 100_000)), nil, unix.ENOSPC)
	if got, _ := os.ReadFile(path); string(got) != "small" {
		t.Errorf("the old file is %q", got)
	}
	if got := names(dir); got != "a" {
		t.Errorf("left behind: %s", got)
	}
	full := strings.Repeat("x", 16_000)
	mustWrite(t, file(path, full), nil, true) // what the failures took is free again
}

func TestWriteOnAReadOnlyFileSystem(t *testing.T) {
	dir := tmpfs(t, "size=64k,mode=755")
	same := file(filepath.Join(dir, "same"), "x")
	mustWrite(t, same, nil, true)
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	mustFail(t, file(filepath.Join(dir, "a"), "x"), nil, unix.EROFS, "mount a volume or a tmpfs at "+dir)
	mustFail(t, file(filepath.Join(dir, "new", "a"), "x"), nil, unix.EROFS, "tmpfs")
	mustWrite(t, same, nil, false) // nothing to do: nothing to complain of
}

func TestWriteOverABindMountedFile(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	source, target := filepath.Join(dir, "source"), filepath.Join(dir, "target")
	for _, path := range []string{source, target} {
		if err := os.WriteFile(path, []byte("from the host"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mount(t, source, target, "", unix.MS_BIND, "")
	mustFail(t, file(target, "new"), nil, unix.EBUSY, "mount its directory", dir)
	if got, _ := os.ReadFile(source); string(got) != "from the host" {
		t.Errorf("the host's file is %q", got)
	}
}

func TestWriteForAnotherOwner(t *testing.T) {
	needRoot(t)
	f := file(filepath.Join(t.TempDir(), "a"), "x")
	owner := &Owner{UID: 12345, GID: 23456}
	mustWrite(t, f, owner, true)
	mustWrite(t, f, owner, false)
	var st unix.Stat_t
	if err := unix.Stat(f.Path, &st); err != nil || st.Uid != 12345 || st.Gid != 23456 {
		t.Errorf("owner %d:%d, %v", st.Uid, st.Gid, err)
	}
	mustWrite(t, f, nil, true) // its owner could have changed it
}

// TestApplyOnAFullFileSystem: a second file that does not fit keeps the first from being replaced.
func TestApplyOnAFullFileSystem(t *testing.T) {
	o := newBootEnv(t)
	o.dir = tmpfs(t, "size=80k,mode=755")
	o.mustBoot("k1")
	before := contents(t, o.dir)
	if err := o.boot(strings.Repeat("x", 40_000)); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), o.b()) {
		t.Errorf("error %v", err)
	}
	if got := contents(t, o.dir); got != before {
		t.Errorf("%.200s, before: %s", got, before)
	}
	o.mustExist()
	o.mustBoot("k2")
}

// TestApplyOnAReadOnlyFileSystem: files that are right need no record to boot, only to be taken over later.
func TestApplyOnAReadOnlyFileSystem(t *testing.T) {
	dir := tmpfs(t, "size=64k,mode=755")
	o := newBootEnv(t)
	o.dir = dir
	o.mustBoot("k1")
	o.do(os.Remove(o.record()))
	o.do(unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	a, err := Apply(o.files("k1"), nil, Options{Skips: true})
	if err != nil || len(a.Unchanged) != 2 || a.SetupDue || !errors.Is(a.Unrecorded, unix.EROFS) {
		t.Errorf("%+v, %v", a, err)
	}
	o.refused("files-unrecorded")
	if err := o.boot("k2"); !errors.Is(err, unix.EROFS) {
		t.Errorf("error %v", err)
	}
}
