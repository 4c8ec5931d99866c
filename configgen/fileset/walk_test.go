//go:build linux

package fileset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/executable"
)

const stranger = 54321

// A node is something on the way to a file.
type node struct {
	name string // "dir/", "link -> target", "file"
	uid  int
	mode os.FileMode
}

func makeTree(t *testing.T, nodes []node) string {
	t.Helper()
	top := t.TempDir()
	if err := os.Chmod(top, 0o755); err != nil { // whatever the umask
		t.Fatal(err)
	}
	for _, n := range nodes {
		name, target, link := strings.Cut(n.name, " -> ")
		full := filepath.Join(top, name)
		var err error
		switch {
		case link:
			err = os.Symlink(strings.ReplaceAll(target, "TOP", top), full)
		case strings.HasSuffix(name, "/"):
			err = errors.Join(os.Mkdir(full, 0o755), os.Chmod(full, n.mode))
		default:
			err = os.WriteFile(full, nil, n.mode)
		}
		if err == nil && n.uid != 0 {
			err = os.Lchown(full, n.uid, n.uid)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return top
}

// TestWalk: the way to a file, with what may be on it, for a tsboot of any user.
func TestWalk(t *testing.T) {
	t.Parallel()
	sticky := 0o777 | os.ModeSticky
	for name, c := range map[string]walkCase{
		"plain":                          {dir: "a/b/c"},
		"sticky on the way":              {nodes: []node{{"s/", 0, sticky}}, dir: "s/a"},
		"open to all above":              {nodes: []node{{"o/", 0, 0o777}, {"o/d/", 0, 0o755}}, dir: "o/d", code: "directory-open", words: []string{"check directory TOP/o:", "chmod o-w TOP/o`", "sticky bit"}},
		"open to all two above, missing": {nodes: []node{{"o/", 0, 0o757}}, dir: "o/x/y", code: "directory-open", words: []string{"TOP/o"}},
		"open behind a link":             {nodes: []node{{"o/", 0, 0o777}, {"l -> o", 0, 0}}, dir: "l", code: "directory-open", words: []string{"TOP/o"}},
		"link":                           {nodes: []node{{"d/", 0, 0o755}, {"l -> d", 0, 0}}, dir: "l/new"},
		"absolute link":                  {nodes: []node{{"d/", 0, 0o755}, {"l -> TOP/d", 0, 0}}, dir: "l"},
		"link up and down":               {nodes: []node{{"d/", 0, 0o755}, {"d/l -> " + strings.Repeat("../", 20) + "./TOP/d", 0, 0}}, dir: "d/l"},
		"links to links":                 {nodes: []node{{"d/", 0, 0o755}, {"l1 -> d", 0, 0}, {"l2 -> ./l1/", 0, 0}, {"l3 -> l2", 0, 0}}, dir: "l3/x"},
		"circle":                         {nodes: []node{{"l1 -> l2", 0, 0}, {"l2 -> l1", 0, 0}}, dir: "l1", code: "file-bad-path", errno: unix.ELOOP},
		"link to itself":                 {nodes: []node{{"l -> l/l", 0, 0}}, dir: "l", code: "file-bad-path", errno: unix.ELOOP},
		"link to nothing":                {nodes: []node{{"l -> nowhere", 0, 0}}, dir: "l", code: "file-bad-path", errno: unix.ENOENT, words: []string{"symbolic link to nothing"}},
		"below a link to nothing":        {nodes: []node{{"l -> nowhere/x", 0, 0}}, dir: "l/y", code: "file-bad-path", errno: unix.ENOENT},
		"link to a file":                 {nodes: []node{{"f", 0, 0o600}, {"l -> f", 0, 0}}, dir: "l/x", code: "file-bad-path", errno: unix.ENOTDIR},
		"name too long":                  {dir: strings.Repeat("n", 256), code: "file-bad-path", errno: unix.ENAMETOOLONG},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.try(t, nil)
		})
	}
}

// A walkCase writes a file into a directory of a tree.
type walkCase struct {
	nodes []node
	dir   string
	code  string // of the refusal; "": the file is written
	words []string
	errno error
}

// TestWalkOwners: directories and links of root, tsboot's user and --user are trusted, no others.
func TestWalkOwners(t *testing.T) {
	needRoot(t)
	t.Parallel()
	sticky := 0o777 | os.ModeSticky
	owner := &Owner{UID: 12345, GID: 12345}
	for name, c := range map[string]struct {
		owner *Owner
		walkCase
	}{
		"another's directory":         {nil, walkCase{nodes: []node{{"d/", stranger, 0o755}}, dir: "d", code: "directory-foreign", words: []string{"TOP/d", "uid 54321", "not to root;", "chown 0 TOP/d`"}}},
		"another's directory above":   {nil, walkCase{nodes: []node{{"d/", stranger, 0o755}, {"d/e/", 0, 0o755}}, dir: "d/e", code: "directory-foreign", words: []string{"TOP/d:"}}},
		"another's, missing below":    {nil, walkCase{nodes: []node{{"d/", stranger, 0o700}}, dir: "d/e/f", code: "directory-foreign"}},
		"another's, and --user":       {owner, walkCase{nodes: []node{{"d/", stranger, 0o755}}, dir: "d", code: "directory-foreign", words: []string{"not to root or --user (uid 12345)", "chown 12345"}}},
		"--user's":                    {owner, walkCase{nodes: []node{{"d/", 12345, 0o700}}, dir: "d"}},
		"--user's, without --user":    {nil, walkCase{nodes: []node{{"d/", 12345, 0o700}}, dir: "d", code: "directory-foreign"}},
		"another's in a sticky one":   {nil, walkCase{nodes: []node{{"s/", 0, sticky}, {"s/d/", stranger, 0o755}}, dir: "s/d", code: "directory-foreign"}},
		"another's link in a sticky":  {nil, walkCase{nodes: []node{{"d/", 0, 0o755}, {"s/", 0, sticky}, {"s/l -> TOP/d", stranger, 0}}, dir: "s/l", code: "directory-foreign", words: []string{"symbolic link TOP/s/l", "uid 54321", "remove it"}}},
		"root's link in a sticky one": {nil, walkCase{nodes: []node{{"d/", 0, 0o755}, {"s/", 0, sticky}, {"s/l -> TOP/d", 0, 0}}, dir: "s/l"}},
		"--user's link":               {owner, walkCase{nodes: []node{{"d/", 0, 0o755}, {"l -> d", 12345, 0}}, dir: "l"}},
		"a link to another's":         {nil, walkCase{nodes: []node{{"d/", stranger, 0o755}, {"l -> d", 0, 0}}, dir: "l", code: "directory-foreign", words: []string{"TOP/d"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.try(t, c.owner)
		})
	}
}

// try writes below the tree. preflight must give the same error.
func (c walkCase) try(t *testing.T, owner *Owner) {
	t.Helper()
	top := makeTree(t, c.nodes)
	f := file(filepath.Join(top, c.dir, "f"), "x")
	if c.code == "" {
		mustWrite(t, f, owner, true)
		mustWrite(t, f, owner, false)
		return
	}
	predicted := Preflight(f, true, owner).Err
	_, err := newTarget(f, owner).write()
	var failed *WriteError
	if !errors.As(err, &failed) || failed.Code() != c.code || failed.Fix == "" || c.errno != nil && !errors.Is(err, c.errno) {
		t.Fatalf("error %v, want %s", err, c.code)
	}
	if predicted == nil || predicted.Error() != err.Error() {
		t.Errorf("predicted %v, want %v", predicted, err)
	}
	for _, word := range c.words {
		if word = strings.ReplaceAll(word, "TOP", top); !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
	if strings.Contains(contents(t, top), "=x") {
		t.Error("the file was written")
	}
}

// Write trusts the person who named the file, but not a directory that is open to everybody.
func TestWriteForAPerson(t *testing.T) {
	needRoot(t)
	top := makeTree(t, []node{{"home/", stranger, 0o755}, {"home/l -> d", stranger, 0}, {"home/d/", stranger, 0o755}, {"home/open/", stranger, 0o777}})
	if _, err := Write(file(filepath.Join(top, "home/l/.env"), "x")); err != nil {
		t.Error(err)
	}
	if _, err := Write(file(filepath.Join(top, "home/open/.env"), "x")); err == nil {
		t.Error("written into an open directory")
	}
}

// TestMadeParents: tsboot's user owns the directories that it makes for another's file, so the next boot can write into them.
func TestMadeParents(t *testing.T) {
	needRoot(t)
	top := t.TempDir()
	mustWrite(t, file(filepath.Join(top, "a/b/f"), "x"), &Owner{UID: 12345, GID: 23456}, true)
	for _, dir := range []string{"a", "a/b"} {
		var st unix.Stat_t
		if err := unix.Stat(filepath.Join(top, dir), &st); err != nil || st.Uid != 0 || st.Gid != 0 || st.Mode&0o7777 != 0o755 {
			t.Errorf("%s: %+v, %v", dir, st, err)
		}
	}
}

// TestLooseDirectories: a directory that its group may write to is a warning.
func TestLooseDirectories(t *testing.T) {
	t.Parallel()
	top := makeTree(t, []node{{"g/", 0, 0o775}, {"g/s/", 0, 0o775 | os.ModeSticky}, {"g/s/d/", 0, 0o755}})
	report := Preflight(file(filepath.Join(top, "g/s/d/f"), "x"), true, nil)
	if report.Err != nil || len(report.Warnings) != 1 || report.Warnings[0].Code != "directory-group-writable" || !strings.Contains(report.Warnings[0].What, top+"/g may") {
		t.Errorf("%+v", report)
	}
}

// TestWalkInAUserNamespace: a directory of an unmapped user is trusted when / has
// the same owner, and refused otherwise; the message says why.
func TestWalkInAUserNamespace(t *testing.T) {
	needRoot(t)
	dir, exe := reachable(t)
	own, foreign := filepath.Join(dir, "own"), filepath.Join(dir, "foreign")
	for _, name := range []string{own, foreign, filepath.Join(dir, "proc")} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{dir, own} {
		if err := os.Chown(name, stranger, stranger); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) (string, error) {
		c := helper(t, "inside", args...)
		c.Path, c.Dir = exe, "/"
		c.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: stranger, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: stranger, Size: 1}},
			Credential:  &syscall.Credential{NoSetGroups: true},
		}
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := run("", filepath.Join(own, "new/f")); err != nil {
		t.Errorf("where / is another's: %v: %s", err, out)
	}
	if out, err := run(dir, "/own/new/g"); err != nil {
		t.Errorf("where / is mapped: %v: %s", err, out)
	}
	out, err := run(dir, "/foreign/f")
	if err == nil || !strings.Contains(out, "its owner is not known in this user namespace, where it shows as uid 65534") {
		t.Errorf("%v: %s", err, out)
	}
}

// helperInside writes a file, after a change of root where one is given: ROOT PATH.
func helperInside(args []string) error {
	if root := args[0]; root != "" {
		if err := errors.Join(unix.Mount("/proc", root+"/proc", "", unix.MS_BIND|unix.MS_REC, ""), unix.Chroot(root), os.Chdir("/")); err != nil {
			return err
		}
	}
	_, err := newTarget(file(args[1], "x"), nil).write()
	return err
}

// reachable is a directory, and a copy of this program in it, that every user may enter.
func reachable(t *testing.T) (dir, exe string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "fileset") // t.TempDir is not for another user to enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	self, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		exe = filepath.Join(dir, "helper")
		err = errors.Join(os.Chmod(dir, 0o755), executable.WriteFile(exe, self, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, exe
}

func TestMapped(t *testing.T) {
	t.Parallel()
	if !mapped(uint32(os.Geteuid())) {
		t.Error("the own user is not mapped")
	}
}
