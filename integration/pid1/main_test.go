//go:build linux

// Package pid1 is a conformance suite for init binaries: tsboot must pass every case, its peers are measured beside it.
//
//	go test ./integration/pid1                                  tsboot, and what peers are installed
//	go test ./integration/pid1 -run TestTable -write            the same at full size, and writes docs/pid1.md
//	go test ./integration/pid1 -run TestTable/tsboot/exit-code  one case
//	TSBOOT_PID1_ADAPTER=my-init.json go test ./integration/pid1 one more init, described as in adapter.Adapter
//
// A case runs with the init as process 1 of a private pid namespace and as a plain child beside witnesses that no
// signal may reach. Package testenv says how.
package pid1

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
	"github.com/tsboot/tsboot/integration/require"
)

var write = flag.Bool("write", false, "run the peers at full size and write docs/pid1.md")

func TestMain(m *testing.M) {
	testenv.Main()
	flag.Parse()
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // for the reapers and witnesses of a -race test
	// Cases wait for other processes far more than they compute.
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0)))
	}
	dir, err := os.MkdirTemp("", "pid1-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built.dir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// built is the tsboot under test, built once for all tests of the run.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func tsboot(t *testing.T) *adapter.Adapter {
	t.Helper()
	built.once.Do(func() { built.path, built.err = binary.Build(built.dir, "tsboot") })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return adapter.Tsboot(built.path)
}

// namespaces skips the test where there can be none, or fails it where TSBOOT_REQUIRE names root.
func namespaces(t *testing.T) {
	t.Helper()
	if err := testenv.Available(); err != nil {
		require.Missing(t, "root", fmt.Errorf("no private pid namespace: %w", err))
	}
}
