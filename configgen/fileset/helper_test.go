//go:build linux

package fileset

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
)

// helperEnv makes the test binary one of the helpers instead of a test run.
const helperEnv = "FILESET_TEST_HELPER"

var helpers = map[string]func(args []string) error{
	"boots":   helperBoots,
	"give":    helperGive,
	"inside":  helperInside,
	"keep":    helperKeep,
	"rewrite": helperRewrite,
	"trials":  helperTrials,
	"write":   helperWrite,
}

func TestMain(m *testing.M) {
	if name := os.Getenv(helperEnv); name != "" {
		help, ok := helpers[name]
		if !ok {
			fmt.Fprintf(os.Stderr, "no helper %q of %v\n", name, slices.Sorted(maps.Keys(helpers)))
			os.Exit(2)
		}
		if err := help(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helper is a command that runs a helper as a process of its own.
func helper(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), helperEnv+"="+name, "GORACE=atexit_sleep_ms=0")
	return c
}

// helperWrite writes one file with a umask: UMASK PATH CONTENT.
func helperWrite(args []string) error {
	var mask int
	if _, err := fmt.Sscanf(args[0], "%o", &mask); err != nil {
		return err
	}
	unix.Umask(mask)
	_, err := newTarget(file(args[1], args[2]), nil).write()
	return err
}

// helperRewrite writes two contents in turn until it is killed: PATH.
func helperRewrite(args []string) error {
	contents := killContents()
	for i := 0; ; i++ {
		if _, err := Write(File{Path: args[0], Mode: 0o600, Content: contents[i%2]}); err != nil {
			return err
		}
		if i == 0 {
			fmt.Println("ready")
		}
	}
}

// killContents are two contents of which a torn mixture would be seen.
func killContents() [2][]byte {
	return [2][]byte{bytes.Repeat([]byte("a"), 70_000), bytes.Repeat([]byte("b"), 9_000)}
}

// needRoot skips what needs root with mounts, or fails where TSBOOT_REQUIRE names it.
func needRoot(t *testing.T) {
	t.Helper()
	require.Tools(t, "root")
	if err := mayMount(t.TempDir()); err != nil {
		require.Missing(t, "root", fmt.Errorf("mount: %w", err))
	}
}

func mayMount(dir string) error {
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		return err
	}
	return unix.Unmount(dir, unix.MNT_DETACH)
}
