//go:build linux

package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// TestExamine: what can be executed is found, and not executed.
func TestExamine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	agent := filepath.Join(dir, "agent")
	if err := os.WriteFile(agent, []byte("#!/bin/sh\ntouch "+dir+"/ran\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, cmd := range []Command{
		{Argv: []string{agent}},
		{Argv: []string{"agent", "x"}, Env: []string{"PATH=/nowhere:" + dir}},
		{Argv: []string{"./agent"}, Dir: dir},
	} {
		if path, err := Examine(cmd); err != nil || path != agent {
			t.Errorf("%v: %s, %v", cmd.Argv, path, err)
		}
	}
	if path, err := Examine(Command{Argv: []string{"/proc/self/exe"}}); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	if _, err := os.Stat(dir + "/ran"); err == nil {
		t.Error("looking ran it")
	}
}

// TestExamineForAnotherUser: by the modes of the file and of the directories above it.
func TestExamineForAnotherUser(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	dir, err := os.MkdirTemp("", "examine") // t.TempDir is not for another user to enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	agent := filepath.Join(dir, "agent")
	if err := os.WriteFile(agent, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	nobody := &Identity{UID: 65534, GID: 65534}
	for _, test := range []struct {
		dir, file os.FileMode
		gid       int
		groups    []int
		fine      bool
	}{{0o755, 0o755, 0, nil, true}, {0o700, 0o755, 0, nil, false}, {0o755, 0o750, 0, nil, false}, {0o755, 0o750, 77, []int{77}, true}, {0o755, 0o745, 65534, nil, false}} {
		if err := os.Chmod(dir, test.dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(agent, test.file); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(agent, 0, test.gid); err != nil {
			t.Fatal(err)
		}
		nobody.Groups = test.groups
		_, err := Examine(Command{Argv: []string{agent}, Identity: nobody})
		if test.fine && err != nil {
			t.Errorf("%+v: %v", test, err)
		}
		if !test.fine {
			checkExecError(t, err, 126, "permission denied for uid 65534")
		}
	}
}

// TestExamineOnANoexecMount: the kernel is asked, not the modes.
func TestExamineOnANoexecMount(t *testing.T) {
	require.Tools(t, "root")
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOEXEC, "mode=755"); err != nil {
		require.Missing(t, "root", fmt.Errorf("mount: %w", err))
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	agent := filepath.Join(dir, "agent")
	if err := os.WriteFile(agent, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, id := range []*Identity{nil, {UID: 65534, GID: 65534}} {
		_, err := Examine(Command{Argv: []string{agent}, Identity: id})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%v: %v", id, err)
		}
	}
}
