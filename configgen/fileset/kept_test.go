//go:build linux

package fileset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// trial is a boot that keeps what it replaces.
func (o *bootEnv) trial(key string) *Kept {
	o.t.Helper()
	a, err := Apply(o.files(key), nil, Options{Skips: true, Keep: true})
	o.do(err)
	return a.Kept
}

// state is all files below dir: mode, inode, name and content.
func (o *bootEnv) state() string {
	o.t.Helper()
	var all []string
	o.do(filepath.WalkDir(o.dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(name, &st); err != nil {
			return err
		}
		var content []byte
		if entry.Type().IsRegular() {
			if content, err = os.ReadFile(name); err != nil {
				return err
			}
		}
		all = append(all, fmt.Sprintf("%o %d %s %q", st.Mode, st.Ino, strings.TrimPrefix(name, o.dir), content))
		return nil
	}))
	return strings.Join(all, "\n")
}

// wantKept wants what was replaced to be beside the files, for tsboot's user alone.
func (o *bootEnv) wantKept(key string) {
	o.t.Helper()
	for _, name := range []string{o.record(), o.a(), o.b()} {
		kept := filepath.Join(filepath.Dir(name), ".tsboot-previous-"+filepath.Base(name))
		info, err := os.Stat(kept)
		o.do(err)
		content, err := os.ReadFile(kept)
		o.do(err)
		if info.Mode() != 0o600 || name != o.record() && !strings.Contains(string(content), key) {
			o.t.Errorf("%s: %v, %s", kept, info.Mode(), content)
		}
	}
}

func (o *bootEnv) wantNothingLeft() {
	o.t.Helper()
	if got, want := names(o.dir+"/one")+" "+names(o.dir+"/two"), ".tsboot-record-a.json a.json b.json"; got != want {
		o.t.Errorf("left behind: %s", got)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.mustBoot("k1")
	before := o.state()
	kept := o.trial("k2")
	o.wantKept("k1")
	for _, name := range []string{o.a(), o.b()} {
		if content, err := os.ReadFile(name); err != nil || !strings.Contains(string(content), "k2") {
			t.Errorf("%s: %s, %v", name, content, err)
		}
	}
	if a := o.mustExist(); !a.SetupDue {
		t.Error("the setup of the new files is not due")
	}
	o.do(kept.Restore())
	if got := o.state(); got != before {
		t.Errorf("%s\nbefore:\n%s", got, before)
	}
	if a := o.mustExist(); a.SetupDue {
		t.Error("the setup of the files before is due")
	}
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.mustBoot("k1")
	kept := o.trial("k2")
	in := o.state()
	o.do(kept.Discard())
	o.wantNothingLeft()
	for line := range strings.Lines(o.state()) {
		if !strings.Contains(in, strings.TrimSpace(line)) {
			t.Errorf("changed: %s", line)
		}
	}
	o.mustExist()
	o.do(kept.Discard()) // once more does no harm
}

// TestNothingKept: where nothing is replaced, there is nothing to put back.
func TestNothingKept(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.mustBoot("k1")
	kept := o.trial("k1")
	if kept != nil {
		t.Errorf("kept: %+v", kept)
	}
	kept.Hold()()
	o.do(errors.Join(kept.Restore(), kept.Discard()))
	o.mustExist()
}

// TestRestoreRemoves: a file that was not there before is not there afterwards, and the record neither.
func TestRestoreRemoves(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	_, err := Apply(o.files("k1")[:1], nil, Options{})
	o.do(err)
	before := o.state()
	kept := o.trial("k2")
	if _, err := os.Stat(o.b()); err != nil {
		t.Error(err)
	}
	o.do(kept.Restore())
	if got := o.state(); got != before {
		t.Errorf("%s\nbefore:\n%s", got, before)
	}
	o = newBootEnv(t)
	o.do(o.trial("k1").Restore())
	if got := o.state(); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

// TestRestoreOfAnything: what was in the place of a file comes back as it was, and what came there since goes.
func TestRestoreOfAnything(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(path string) error{
		"link":      func(path string) error { return os.Symlink("/nowhere", path) },
		"pipe":      func(path string) error { return unix.Mkfifo(path, 0o604) },
		"empty":     func(path string) error { return os.WriteFile(path, nil, 0o644) },
		"read-only": func(path string) error { return os.WriteFile(path, []byte("x"), 0o400) },
		"two names": func(path string) error {
			return errors.Join(os.WriteFile(path+".other", []byte("x"), 0o640), os.Link(path+".other", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBootEnv(t)
			o.mustBoot("k1")
			o.do(os.Remove(o.b()))
			o.do(plant(o.b()))
			before := o.state()
			kept := o.trial("k2")
			o.do(os.Remove(o.b())) // as a tool does that replaces files
			o.do(os.WriteFile(o.b(), []byte("tool"), 0o666))
			o.do(kept.Restore())
			if got := o.state(); got != before {
				t.Errorf("%s\nbefore:\n%s", got, before)
			}
		})
	}
}

// TestRestoreNone: when one file cannot be put back, none is; when it can, all are.
func TestRestoreNone(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.mustBoot("k1")
	before := o.state()
	kept := o.trial("k2")
	aside := o.b() + ".aside"
	o.do(os.Rename(o.b(), aside))
	o.do(os.Mkdir(o.b(), 0o755))
	in := o.state()
	err := kept.Restore()
	var failed *WriteError
	if !errors.As(err, &failed) || failed.Path != o.b() || failed.Code() != "file-is-directory" || failed.Fix == "" {
		t.Errorf("error %v", err)
	}
	if got := o.state(); got != in {
		t.Errorf("%s\nbefore:\n%s", got, in)
	}
	o.wantKept("k1")
	o.do(os.Remove(o.b()))
	o.do(os.Rename(aside, o.b()))
	o.do(kept.Restore())
	if got := o.state(); got != before {
		t.Errorf("%s\nbefore:\n%s", got, before)
	}
}

// TestRestoreOfNoOthers: only what was kept is put back.
func TestRestoreOfNoOthers(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]func(path string) error{
		"gone": os.Remove,
		"another": func(path string) error {
			return errors.Join(os.WriteFile(path+"x", []byte("x"), 0o600), os.Rename(path+"x", path))
		},
		"link": func(path string) error { return errors.Join(os.Remove(path), os.Symlink("/etc/passwd", path)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBootEnv(t)
			o.mustBoot("k1")
			kept := o.trial("k2")
			o.do(replace(filepath.Join(o.dir, "two", kept.Files[2].Name)))
			in := o.state()
			err := kept.Restore()
			var failed *WriteError
			if !errors.As(err, &failed) || failed.Path != o.b() || failed.Code() != "file-not-kept" || failed.Fix == "" {
				t.Errorf("error %v", err)
			}
			if got := o.state(); got != in {
				t.Errorf("%s\nbefore:\n%s", got, in)
			}
			o.do(kept.Discard())
			o.wantNothingLeft()
			o.mustExist()
		})
	}
}

// TestHold: another tsboot that sweeps the directory leaves alone what is held, and removes what a dead one left. It does
// not run beside tests that start processes, see TestApplyDies.
func TestHold(t *testing.T) {
	o := newBootEnv(t)
	o.mustBoot("k1")
	before := o.state()
	kept := o.trial("k2")
	release := kept.Hold()
	sweep := func() {
		for _, dir := range []string{"one", "two"} {
			other := filepath.Join(o.dir, dir, "other")
			_, err := Write(File{Path: other, Mode: 0o600, Content: []byte(fmt.Sprint(len(names(o.dir + "/" + dir))))})
			o.do(errors.Join(err, os.Remove(other)))
		}
	}
	sweep()
	o.wantKept("k1")
	o.do(kept.Restore())
	release()
	if got := o.state(); got != before {
		t.Errorf("%s\nbefore:\n%s", got, before)
	}
	o.trial("k3")
	sweep()
	o.wantNothingLeft()
}

// TestNextBootRemovesWhatWasKept: also where no file differs.
func TestNextBootRemovesWhatWasKept(t *testing.T) {
	for _, key := range []string{"k1", "k2", "k3"} {
		o := newBootEnv(t)
		o.mustBoot("k1")
		o.trial("k2")
		o.mustBoot(key)
		o.wantNothingLeft()
		o.mustExist()
	}
}

// TestKeptNames: two long names in one directory are not kept under one.
func TestKeptNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var files []File
	for i := range 3 {
		files = append(files, file(filepath.Join(dir, strings.Repeat("n", maxName-1)+fmt.Sprint(i)), fmt.Sprint("old", i)))
	}
	if _, err := Apply(files, nil, Options{}); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for i := range files {
		files[i].Content = []byte("new")
	}
	a, err := Apply(files, nil, Options{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Kept.Restore(); err != nil || contents(t, dir) != before {
		t.Errorf("%v, %s\nbefore %s", err, contents(t, dir), before)
	}
}

// TestApplyNoneWhenItCannotKeep: files of which one cannot be kept are not written.
func TestApplyNoneWhenItCannotKeep(t *testing.T) {
	t.Parallel()
	o := newBootEnv(t)
	o.mustBoot("k1")
	blocked := filepath.Join(o.dir, "two", ".tsboot-previous-b.json")
	o.do(os.Mkdir(blocked, 0o755))
	before := o.state()
	_, err := Apply(o.files("k2"), nil, Options{Skips: true, Keep: true})
	var failed *WriteError
	if !errors.As(err, &failed) || failed.Path != o.b() || failed.Op != "keep the previous file beside it" || failed.Fix == "" {
		t.Errorf("error %v", err)
	}
	if got := o.state(); got != before {
		t.Errorf("%s\nbefore:\n%s", got, before)
	}
}

// TestKeptOfAnotherUser: what was the agent's is tsboot's while it is kept, and the agent's again afterwards. A root that
// has kept no other capability than CHOWN can do it.
func TestKeptOfAnotherUser(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	if out, err := helper(t, "keep", fmt.Sprint(unix.CAP_CHOWN), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wantOwner(t, filepath.Join(dir, "f"), 12345, 23456)
	if info, err := os.Stat(filepath.Join(dir, "f")); err != nil || info.Mode() != 0o640 || info.Size() != 3 {
		t.Errorf("%v, %v", info, err)
	}
}

// helperKeep writes, replaces and restores a file of another user with one capability: CAPABILITY DIR.
func helperKeep(args []string) error {
	runtime.LockOSThread() // capabilities are a thread's
	if err := keepOnly(args[0]); err != nil {
		return err
	}
	owner := &Owner{UID: 12345, GID: 23456}
	f := File{Path: filepath.Join(args[1], "f"), Mode: 0o640, Content: []byte("old")}
	if _, err := Apply([]File{f}, owner, Options{Keep: true}); err != nil {
		return err
	}
	f.Content = []byte("longer")
	a, err := Apply([]File{f}, owner, Options{Keep: true})
	if err != nil {
		return err
	}
	defer a.Kept.Hold()()
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(args[1], ".tsboot-previous-f"), &st); err != nil || st.Mode != unix.S_IFREG|0o600 || st.Uid != 0 {
		return fmt.Errorf("kept: %s, %w", ownerAndMode(&st), err)
	}
	return a.Kept.Restore()
}

// TestReadOnlySince: a directory that became read-only keeps the new files, whole, and the error says what to do.
func TestReadOnlySince(t *testing.T) {
	needRoot(t)
	o := newBootEnv(t)
	for _, dir := range []string{"one", "two"} {
		mountPoint := filepath.Join(o.dir, dir)
		o.do(os.Mkdir(mountPoint, 0o755))
		o.do(unix.Mount("tmpfs", mountPoint, "tmpfs", 0, "size=64k"))
		t.Cleanup(func() { _ = unix.Unmount(mountPoint, unix.MNT_DETACH) })
	}
	o.mustBoot("k1")
	before := o.state()
	kept := o.trial("k2")
	in := o.state()
	remount := func(flags uintptr) { o.do(unix.Mount("", filepath.Join(o.dir, "two"), "", unix.MS_REMOUNT|flags, "")) }
	remount(unix.MS_RDONLY)
	for what, err := range map[string]error{"restore": kept.Restore(), "discard of a copy": (&Kept{kept.Files[2:]}).Discard()} {
		var failed *WriteError
		if !errors.As(err, &failed) || failed.Code() != "file-read-only" || !strings.Contains(failed.Fix, o.dir) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got := o.state(); got != in {
		t.Errorf("%s\nbefore:\n%s", got, in)
	}
	o.mustExist()
	remount(0)
	o.do(kept.Restore())
	if got := o.state(); got != before {
		t.Errorf("%s\nbefore:\n%s", got, before)
	}
}

// TestFullSince: to keep and to put back takes no space, and files that find none leave all as it is. It does not run
// beside tests that start processes, see TestApplyDies.
func TestFullSince(t *testing.T) {
	needRoot(t)
	o := newBootEnv(t)
	o.do(unix.Mount("tmpfs", o.dir, "tmpfs", 0, "size=64k"))
	t.Cleanup(func() { _ = unix.Unmount(o.dir, unix.MNT_DETACH) })
	o.mustBoot("k1")
	before := o.state()
	kept := o.trial("k2")
	defer kept.Hold()()
	in := o.state()
	fill := filepath.Join(o.dir, "fill")
	_ = os.WriteFile(fill, make([]byte, 1<<20), 0o600)
	if _, err := Apply(o.files("k3"), nil, Options{Skips: true, Keep: true}); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("there is space left: %v", err)
	}
	o.do(os.Remove(fill))
	if got := o.state(); got != in {
		t.Errorf("%s\nbefore:\n%s", got, in)
	}
	_ = os.WriteFile(fill, make([]byte, 1<<20), 0o600)
	o.do(kept.Restore())
	o.do(os.Remove(fill))
	if got := o.state(); got != before {
		t.Errorf("%s\nbefore:\n%s", got, before)
	}
}
