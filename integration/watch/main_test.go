//go:build linux

package watch

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/watch/scene"
)

const (
	testUID   = 54323 // whose programs the kernel records
	aLongTime = 30 * time.Second
)

// shared is the directory of the programs; the user of the tests can read it.
var shared string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tswatch-integration.")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared = dir
	return m.Run()
}

// tswatch is the program under test.
var tswatch = sync.OnceValues(func() (string, error) { return binary.Build(shared, "tswatch") })

// standin stands in for the programs of the stories.
var standin = sync.OnceValues(func() (string, error) { return scene.Build(shared) })

// built unwraps a program or ends the test.
func built(t *testing.T, program func() (string, error)) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// borrow takes the audit state, and sees at the end of the test that tswatch has put back what it changed.
func borrow(t *testing.T) {
	t.Helper()
	require.Tools(t, "root", "auditctl")
	built(t, tswatch)
	built(t, standin)
	audit.Borrow(t)
	before := kernelState(t)
	t.Cleanup(func() {
		if after := kernelState(t); after != before {
			t.Errorf("the audit state was %s\nand is %s", before, after)
		}
	})
}

// kernelState is all that tswatch may change.
func kernelState(t *testing.T) string {
	t.Helper()
	text, err := audit.Text()
	if err != nil {
		t.Error(err)
	}
	return text
}

// asUser runs a program of this machine as the user of the tests, by the name in its path.
func asUser(t *testing.T, environ []string, path string, args ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Env = environ
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: testUID, Gid: testUID}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, out)
	}
}

// named is a program of this machine with another name.
func named(t *testing.T, program, name string) string {
	t.Helper()
	path := filepath.Join(shared, name)
	if err := os.Link(program, path); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return path
}
