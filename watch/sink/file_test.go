package sink

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFileIsRotated(t *testing.T) {
	t.Parallel()
	for _, keep := range []int{0, 1, 3} {
		dir := t.TempDir()
		name := filepath.Join(dir, "out.json")
		fan := openFan(t, Options{times: patient, FileMaxSize: 100, FileKeep: keep}, "file:"+name)
		put(t, fan, 0, 1000)
		closeFan(t, fan)
		wantStatus(t, fan, 1000, 0, 0)
		files, _ := filepath.Glob(name + "*")
		if len(files) != keep+1 {
			t.Errorf("keep %d: files %v", keep, files)
		}
		slices.Reverse(files) // the oldest first
		var all string
		for _, f := range files {
			text := readFile(t, f)
			if len(text) > 100 || !strings.HasSuffix(text, "}\n") {
				t.Errorf("%s has %d bytes: %q", f, len(text), text)
			}
			all += text
		}
		got := numbers(t, all)
		wantNumbers(t, got, 1000-len(got), 1000)
	}
}

// TestFileKeepsMany: the work of a rotation is that of the files that are there.
func TestFileKeepsMany(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(name+".3", []byte("old\n"), 0o600); err != nil { // a gap below it stays free until it is needed
		t.Fatal(err)
	}
	fan := openFan(t, Options{times: patient, FileMaxSize: 1, FileKeep: 1 << 40}, "file:"+name)
	put(t, fan, 0, 3)
	closeFan(t, fan)
	for n, want := range []string{line(2), line(1), line(0), "old\n"} {
		if got := readFile(t, numbered(name, n)); got != want {
			t.Errorf("%s is %q, want %q", numbered(name, n), got, want)
		}
	}
}

// TestFileBehindALink: the link stays, and the files are beside the one that it leads to.
func TestFileBehindALink(t *testing.T) {
	t.Parallel()
	for _, keep := range []int{0, 2} {
		dir, disk := t.TempDir(), t.TempDir()
		link := filepath.Join(dir, "out")
		if err := os.Symlink(filepath.Join(disk, "events"), link); err != nil {
			t.Fatal(err)
		}
		fan := openFan(t, Options{times: patient, FileMaxSize: 100, FileKeep: keep}, "file:"+link)
		put(t, fan, 0, 100)
		closeFan(t, fan)
		wantStatus(t, fan, 100, 0, 0)
		links, _ := os.ReadDir(dir)
		files, _ := filepath.Glob(filepath.Join(disk, "events*"))
		if len(links) != 1 || links[0].Type() != fs.ModeSymlink || len(files) != keep+1 {
			t.Errorf("keep %d: %v, %v", keep, links, files)
		}
	}
}

func TestFileTakesALineAboveItsLimit(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "out")
	fan := openFan(t, Options{times: patient, FileMaxSize: 10, FileKeep: 9}, "file:"+name)
	for _, text := range []string{"a\n", strings.Repeat("b", 50) + "\n", "c\n"} {
		_ = fan.Put(Item{Line: []byte(text)})
	}
	closeFan(t, fan)
	if a, b, c := readFile(t, name+".2"), readFile(t, name+".1"), readFile(t, name); a != "a\n" || len(b) != 51 || c != "c\n" {
		t.Errorf("%q %q %q", a, b, c)
	}
}

// TestFileKeepsModeAndOwner: what an operator gave to the first file, those after it have, too.
func TestFileKeepsModeAndOwner(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	name := filepath.Join(t.TempDir(), "out")
	fan := openFan(t, Options{times: patient, FileMaxSize: 20, FileKeep: 2}, "file:"+name)
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm()&0o027 != 0 {
		t.Errorf("mode %v, %v: others can read it", info.Mode(), err)
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(name, 12, 34); err != nil {
		t.Fatal(err)
	}
	put(t, fan, 0, 10)
	closeFan(t, fan)
	info, err = os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if info.Mode() != fs.FileMode(0o644) || owner.Uid != 12 || owner.Gid != 34 {
		t.Errorf("mode %v, owner %d:%d", info.Mode(), owner.Uid, owner.Gid)
	}
}

func TestFileThatIsMovedAway(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "out")
	fan := openFan(t, Options{times: patient}, "file:"+name)
	put(t, fan, 0, 10)
	eventually(t, "they are written", func() bool { return fan.Status()[0].Sent == 10 })
	if err := os.Rename(name, name+".old"); err != nil {
		t.Fatal(err)
	}
	fan.Reopen()
	if _, err := os.Stat(name); err != nil {
		t.Errorf("after SIGHUP there is no file: %v", err)
	}
	put(t, fan, 10, 20)
	eventually(t, "they are written", func() bool { return fan.Status()[0].Sent == 20 })
	if err := os.Remove(name); err != nil { // and nobody says so
		t.Fatal(err)
	}
	put(t, fan, 20, 30)
	closeFan(t, fan)
	wantNumbers(t, numbers(t, readFile(t, name+".old")), 0, 10)
	wantNumbers(t, numbers(t, readFile(t, name)), 20, 30)
}

func TestFileEndsALineThatWasCutOff(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(name, []byte("{\"n\":1}\n{\"n\":"), 0o600); err != nil {
		t.Fatal(err)
	}
	fan := openFan(t, Options{times: patient}, "file:"+name)
	put(t, fan, 2, 3)
	closeFan(t, fan)
	if got := readFile(t, name); got != "{\"n\":1}\n{\"n\":\n{\"n\":2}\n" {
		t.Errorf("%q", got)
	}
}

func TestFileThatCannotBeHad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, pipe, filepath.Join(dir, "no", "file")} {
		if _, err := OpenFan([]string{"file:" + name}, Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fan := openFan(t, Options{times: patient, FileMaxSize: 10}, "file:/dev/null")
	put(t, fan, 0, 100)
	closeFan(t, fan)
	wantStatus(t, fan, 100, 0, 0)
}

// TestFileOnAFullDisk: every line of the file is whole, and what was not lost meanwhile comes when there is room.
func TestFileOnAFullDisk(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	dir := smallDisk(t, 64<<10)
	name := filepath.Join(dir, "out")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 40<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	fan := openFan(t, Options{times: patient}, "file:"+name)
	put(t, fan, 0, 3000) // 30 KB
	eventually(t, "the disk is full", func() bool { return strings.Contains(fan.Status()[0].LastError, "no space left") })
	if text := readFile(t, name); text != "" && !strings.HasSuffix(text, "}\n") {
		t.Errorf("the file ends with %q", text[max(0, len(text)-20):])
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all are written", func() bool { return fan.Status()[0].Sent == 3000 })
	wantNumbers(t, numbers(t, readFile(t, name)), 0, 3000)
	closeFan(t, fan)
}

// smallDisk is a file system of this size.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := mountTmpfs(dir, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unmount(dir) })
	return dir
}
