//go:build linux

package integration

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/executable"
	"github.com/tsboot/tsboot/integration/require"
)

// shared is the directory of what all tests use: the binaries, LocalStack's files.
var shared string

// atExit holds what the shared things need when the last test is over.
var atExit struct {
	sync.Mutex
	calls []func()
}

func TestMain(m *testing.M) {
	if spec := os.Getenv(containerVariable); spec != "" {
		enterContainer(spec)
	}
	flag.Parse()
	widen()
	name, value, _ := strings.Cut(binary.NoSocket, "=")
	_ = os.Setenv(name, value) // for the programs that get this environment
	os.Exit(runTests(m))
}

// widen lets more tests run at once than there are processors, unless the caller said how many: they mostly wait.
func widen() {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))) // the flag is testing's own
	}
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tsboot-integration.")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shared = dir
	defer os.RemoveAll(dir)
	defer func() {
		atExit.Lock()
		defer atExit.Unlock()
		for _, call := range atExit.calls {
			call()
		}
	}()
	return m.Run()
}

func whenDone(call func()) {
	atExit.Lock()
	defer atExit.Unlock()
	atExit.calls = append(atExit.calls, call)
}

// tsbootBinary is the program under test: TSBOOT_TEST_BINARY, or built once by the Makefile, with its flags.
func tsbootBinary(t testing.TB) string {
	t.Helper()
	return must(t)(buildTsboot())
}

var buildTsboot = sync.OnceValues(func() (string, error) { return binary.Build(shared, "tsboot") })

// fakeAgentBinary is integration/fakeagent, static, so that it runs in an empty root directory.
func fakeAgentBinary(t testing.TB) string {
	t.Helper()
	return must(t)(buildFakeAgent())
}

var buildFakeAgent = sync.OnceValues(func() (string, error) {
	path := filepath.Join(shared, "fakeagent")
	return path, inModule("env", "CGO_ENABLED=0", "go", "build", "-o", path, "./integration/fakeagent")
})

// inModule runs a command at the top of the repository.
func inModule(name string, args ...string) error {
	dir, err := require.ModuleRoot()
	if err != nil {
		return err
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// must unwraps a value or ends the test.
func must(t testing.TB) func(value string, err error) string {
	return func(value string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func readFile(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func writeFile(t testing.TB, file, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	write := os.WriteFile
	if mode&0o111 != 0 {
		write = executable.WriteFile
	}
	if err := write(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return file
}
