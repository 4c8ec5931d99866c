//go:build linux

package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func wantOwner(t *testing.T, name string, uid, gid int) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil || int(st.Uid) != uid || int(st.Gid) != gid {
		t.Errorf("%s belongs to %d:%d, %v, want %d:%d", name, st.Uid, st.Gid, err, uid, gid)
	}
}

// TestGroupOfAFile: the group counts where the mode gives it a right, and only there.
func TestGroupOfAFile(t *testing.T) {
	needRoot(t)
	for _, owner := range []*Owner{nil, {UID: 12345, GID: 23456}} {
		for mode, counts := range map[fs.FileMode]bool{0o600: false, 0o640: true, 0o750: true, 0o604: false} {
			f := file(filepath.Join(t.TempDir(), "f"), "x")
			f.Mode = mode
			mustWrite(t, f, owner, true)
			mustWrite(t, f, owner, false)
			if err := os.Chown(f.Path, -1, 999); err != nil {
				t.Fatal(err)
			}
			mustWrite(t, f, owner, counts)
			mustWrite(t, f, owner, false)
		}
	}
}

// TestGroupOfADirectory: with the setgid bit, files have the directory's group, and stay as they are.
func TestGroupOfADirectory(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	if err := os.Chown(dir, 0, 4321); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o750|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	f := file(filepath.Join(dir, "f"), "x")
	f.Mode = 0o640
	mustWrite(t, f, nil, true)
	wantOwner(t, f.Path, 0, 4321)
	mustWrite(t, f, nil, false)
	mustWrite(t, f, &Owner{UID: 12345, GID: 23456}, true)
	wantOwner(t, f.Path, 12345, 23456)
}

// TestCapChownAlone: a root that has kept no other capability can give a file away, parents too.
func TestCapChownAlone(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	for _, name := range []string{filepath.Join(dir, "f"), filepath.Join(dir, "a/b/f")} {
		if out, err := helper(t, "give", fmt.Sprint(unix.CAP_CHOWN), name).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		wantOwner(t, name, 12345, 23456)
		if info, err := os.Stat(name); err != nil || info.Mode() != 0o640 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
	out, err := helper(t, "give", fmt.Sprint(unix.CAP_KILL), filepath.Join(dir, "g")).CombinedOutput()
	if want := "operation not permitted; grant tsboot the capability CAP_CHOWN, or run it as that user: it runs as uid 0, gid 0 (--user is uid 12345, gid 23456)"; err == nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: %s", err, out)
	}
	if got := names(dir); got != "a f" {
		t.Errorf("left behind: %s", got)
	}
}

// helperGive writes a file for another user with one capability: CAPABILITY PATH.
func helperGive(args []string) error {
	runtime.LockOSThread() // capabilities are a thread's
	if err := keepOnly(args[0]); err != nil {
		return err
	}
	f := file(args[1], "x")
	f.Mode = 0o640
	owner := &Owner{UID: 12345, GID: 23456}
	predicted := Preflight(f, true, owner).Err
	_, err := newTarget(f, owner).write()
	if fmt.Sprint(predicted) != fmt.Sprint(err) {
		return fmt.Errorf("predicted: %v, but: %w", predicted, err)
	}
	if err != nil {
		return err
	}
	return exchange(f, owner)
}

// keepOnly drops every capability of this thread but one.
func keepOnly(number string) error {
	var capability uint
	if _, err := fmt.Sscan(number, &capability); err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := [2]unix.CapUserData{{Effective: 1 << capability, Permitted: 1 << capability}}
	return unix.Capset(&header, &data[0])
}

// exchange replaces a file that cannot have a second name, being another's: it
// is never away, and comes back.
func exchange(f File, owner *Owner) error {
	f.Content = []byte("longer")
	t := newTarget(f, owner)
	defer t.close()
	if err := errors.Join(t.open(), t.writeTemp()); err != nil {
		return err
	}
	temp := t.temp
	if err := t.moveIntoPlace(); err != nil {
		return err
	}
	if t.backup != temp {
		return fmt.Errorf("kept as %s, not in the place of %s", t.backup, temp)
	}
	if err := rollback([]*target{t}, 1, nil); err != nil {
		return err
	}
	if there, err := t.look(); err != nil || there.Size != 1 {
		return fmt.Errorf("not put back: %+v, %w", there, err)
	}
	return nil
}

// TestWriteWithoutTheRight: the message names the user of tsboot and the directory that it may not write to.
func TestWriteWithoutTheRight(t *testing.T) {
	needRoot(t)
	dir, exe := reachable(t)
	for name, mode := range map[string]fs.FileMode{"closed": 0o700, "read": 0o755, "sticky": 0o777 | fs.ModeSticky} {
		sub := filepath.Join(dir, name)
		if err := os.Mkdir(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(sub, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, "there"), []byte("y"), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	const who = ": it runs as uid 65534, gid 65533, and directory "
	for name, want := range map[string]string{
		"read/f":         "make a temporary file beside it: permission denied; let tsboot run as a user who may write to TOP/read" + who + "TOP/read belongs to uid 0, gid 0 with mode 0755",
		"read/there":     "make a temporary file beside it: permission denied; let tsboot run as a user who may write to TOP/read" + who + "TOP/read belongs to uid 0, gid 0 with mode 0755, the file that is there to uid 0, gid 0 with mode 0640",
		"read/new/f":     "make directory TOP/read/new: permission denied; let tsboot run as a user who may write to TOP/read/new" + who + "TOP/read belongs to uid 0, gid 0 with mode 0755",
		"closed/x/f":     "open its directory: permission denied; let tsboot run as a user who may write to TOP/closed/x" + who + "TOP/closed belongs to uid 0, gid 0 with mode 0700",
		"closed/d/there": "open its directory: permission denied; let tsboot run as a user who may write to TOP/closed/d" + who + "TOP/closed belongs to uid 0, gid 0 with mode 0700\n",
		"closed/there":   "permission denied; let tsboot run as a user who may write to TOP/closed" + who + "TOP/closed belongs to uid 0, gid 0 with mode 0700",
		"sticky/there":   "rename: operation not permitted; let tsboot run as a user who may write to TOP/sticky" + who + "TOP/sticky belongs to uid 0, gid 0 with mode 1777, the file that is there to uid 0, gid 0 with mode 0640",
	} {
		c := helper(t, "write", "022", filepath.Join(dir, name), "x")
		c.Path = exe
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65533}}
		out, err := c.CombinedOutput()
		if want = strings.ReplaceAll(want, "TOP", dir); err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v: %s\nwant %s", name, err, out, want)
		}
	}
}

// TestEveryWriteErrorSaysWhatToDo: every answer of the system has a fix.
func TestEveryWriteErrorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	target := newTarget(file("/etc/x/f", ""), nil)
	defer target.close()
	if err := target.find(); err != nil {
		t.Fatal(err)
	}
	for errno := unix.Errno(1); errno < 134; errno++ {
		err := target.fail("write", errno, target.dir())
		if w := err.(*WriteError); w.Path == "" || w.Op == "" || w.Fix == "" || !strings.Contains(err.Error(), errno.Error()) {
			t.Errorf("%v", err)
		}
	}
}

// TestExposure: what others could read of a file that holds a secret.
func TestExposure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := File{Path: filepath.Join(dir, "f"), Mode: 0o640, Content: []byte("secret"), Secret: true}
	exposed := func(f File) string {
		t.Helper()
		report := Preflight(f, true, nil)
		var all []string
		for _, p := range report.Warnings {
			if p.Code == "file-exposed" {
				all = append(all, p.What+"; "+p.Fix)
			}
		}
		return strings.Join(all, "\n")
	}
	if got := exposed(f); got != "" {
		t.Errorf("nothing is there: %s", got)
	}
	old := func(mode fs.FileMode, content string) {
		t.Helper()
		_ = os.Remove(f.Path)
		if err := os.WriteFile(f.Path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(f.Path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for mode, want := range map[fs.FileMode]bool{0o600: false, 0o640: false, 0o400: false, 0o644: true, 0o604: true, 0o660: false, 0o711: false} {
		old(mode, "old")
		if got := exposed(f); strings.Contains(got, fmt.Sprintf("%s: its mode is %04o", f.Path, mode)) != want {
			t.Errorf("%o: %s", mode, got)
		}
	}
	if got := exposed(File{Path: f.Path, Mode: 0o600, Content: []byte("x")}); got != "" {
		t.Errorf("a file without a secret: %s", got)
	}
	old(0o600, "secret")
	if err := os.Link(f.Path, f.Path+"2"); err != nil {
		t.Fatal(err)
	}
	if got := exposed(f); !strings.Contains(got, "it has 2 names (hard links)") || !strings.Contains(got, "-inum ") {
		t.Errorf("a second name: %s", got)
	}
	if os.Geteuid() != 0 {
		return
	}
	old(0o640, "old")
	if err := os.Chown(f.Path, 0, stranger); err != nil {
		t.Fatal(err)
	}
	if got := exposed(f); !strings.Contains(got, "its group gid 54321") {
		t.Errorf("another group: %s", got)
	}
	old(0o600, "old")
	if err := os.Chown(f.Path, stranger, 0); err != nil {
		t.Fatal(err)
	}
	if got := exposed(f); !strings.Contains(got, "it belongs to uid 54321") {
		t.Errorf("another owner: %s", got)
	}
}
