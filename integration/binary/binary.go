// Package binary gives tests the programs that ship, for suites that are packages of their own.
package binary

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// NoSocket is the variable by which a tsboot has no control socket: many run at once here, and those that share a run
// directory keep each other out.
const NoSocket = "TSBOOT_RUN_DIR="

// Build makes a program of cmd/ below dir, as the Makefile does with its flags. PROGRAM_TEST_BINARY, with the program's
// name in capitals, names one that is there already, which is then tested in place of a new one.
func Build(dir, program string) (string, error) {
	if path := given()[program]; path != "" {
		return filepath.Abs(path)
	}
	return build(dir, program)
}

// given are the programs that variables name. The variables are unset then: the program under test would warn of them.
var given = sync.OnceValue(func() map[string]string {
	paths := map[string]string{}
	for _, program := range []string{"tsboot", "tswatch"} {
		variable := strings.ToUpper(program) + "_TEST_BINARY"
		paths[program] = os.Getenv(variable)
		_ = os.Unsetenv(variable) // the name is a valid one
	}
	return paths
})

// BuildRace makes the program below dir with the race detector.
func BuildRace(dir, program string) (string, error) { return build(dir, program, "RACE=1") }

func build(dir, program string, variables ...string) (string, error) {
	top, err := require.ModuleRoot()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("make", append([]string{"-s", "build", "BINARIES=" + program, "BINDIR=" + dir}, variables...)...)
	cmd.Dir = top
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", program, err, out)
	}
	return filepath.Join(dir, program), nil
}

// Tsboot is Build of tsboot for one test: the program is there until that ends.
func Tsboot(t testing.TB) string {
	t.Helper()
	path, err := Build(t.TempDir(), "tsboot")
	if err != nil {
		t.Fatal(err)
	}
	return path
}
