// Package binary gives tests the program that ships, for suites that are packages of their own.
package binary

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// Variable names a program that is there already, which is then tested in place of a new one.
const Variable = "TSBOOT_TEST_BINARY"

// Tsboot is the program under test: the one that Variable names, or one that the Makefile builds with its flags. It is
// there until the test ends.
func Tsboot(t testing.TB) string {
	t.Helper()
	if given := os.Getenv(Variable); given != "" {
		path, err := filepath.Abs(given)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	top, err := require.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tsboot")
	cmd := exec.Command("make", "-s", "build", "BIN="+path)
	cmd.Dir = top
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build tsboot: %v\n%s", err, out)
	}
	return path
}
