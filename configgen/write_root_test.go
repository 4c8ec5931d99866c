package configgen

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
	mustFail(t, file(target, "ours"), nil, unix.EBUSY, "mount its directory", dir)
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
	mustWrite(t, f, nil, true) // ours again: its owner could have changed it
}

func TestWriteWithoutTheRight(t *testing.T) {
	needRoot(t)
	dir, err := os.MkdirTemp("", "configgen") // t.TempDir is not for another user to enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(dir, "helper") // where the other user can reach it
	if err := os.WriteFile(exe, self, 0o755); err != nil {
		t.Fatal(err)
	}
	c := helper(t, "write", "022", filepath.Join(dir, "a"), "x")
	c.Path = exe
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := c.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "permission denied; let tsboot run as a user who may write to "+dir) {
		t.Errorf("%v: %s", err, out)
	}
}
