// Package binary gives tests the program that ships, for suites that are packages of their own.
package binary

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// Variable names a program that is there already, which is then tested in place of a new one.
const Variable = "TSBOOT_TEST_BINARY"

// Build makes the program under test below dir: the one that Variable names, or one that the Makefile builds with its
// flags.
func Build(dir string) (string, error) {
	if given := os.Getenv(Variable); given != "" {
		return filepath.Abs(given)
	}
	return build(dir)
}

// BuildRace makes the program below dir with the race detector.
func BuildRace(dir string) (string, error) { return build(dir, "RACE=1") }

func build(dir string, variables ...string) (string, error) {
	top, err := require.ModuleRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "tsboot")
	cmd := exec.Command("make", append([]string{"-s", "build", "BIN=" + path}, variables...)...)
	cmd.Dir = top
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tsboot: %w\n%s", err, out)
	}
	return path, nil
}

// Tsboot is Build for one test: the program is there until that ends.
func Tsboot(t testing.TB) string {
	t.Helper()
	path, err := Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return path
}
