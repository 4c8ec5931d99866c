//go:build linux

package supervisor

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// helperEnv makes the test binary run one of helpers instead of the tests.
const helperEnv = "TSBOOT_SUPERVISOR_HELPER"

// helpers are the programs that tests start. One that no test starts fails the run.
var helpers = map[string]func(args []string) int{
	"boot":    helperBoot,
	"catcher": helperCatcher,
	"daemon":  helperDaemon,
	"mover":   helperMover,
	"record":  helperRecord,
	"storm":   helperStorm,
	"stress":  helperStress,
}

var usedHelpers sync.Map

// mainThread is that of a process that runs a helper.
var mainThread *MainThread

// The main goroutine stays on the main thread, for Main in TestMain: a program
// calls it first thing, but package testing has had much to do before.
func init() { runtime.LockOSThread() }

func TestMain(m *testing.M) {
	if name := os.Getenv(helperEnv); name != "" {
		helper, ok := helpers[name]
		if !ok {
			fmt.Fprintf(os.Stderr, "no helper %q\n", name)
			os.Exit(2)
		}
		os.Unsetenv(helperEnv)
		os.Exit(Main(RoomToStay, func(m *MainThread) int {
			mainThread = m
			return helper(os.Args[1:])
		}))
	}
	code := m.Run()
	if code == 0 && testing.CoverMode() == "" && wholeRun() {
		for name := range helpers {
			if _, used := usedHelpers.Load(name); !used {
				fmt.Fprintf(os.Stderr, "helper %q is used by no test\n", name)
				code = 1
			}
		}
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// wholeRun reports whether all tests were asked for.
func wholeRun() bool {
	for _, arg := range os.Args[1:] {
		for _, flag := range []string{"-test.run=", "-test.skip=", "-test.list=", "-test.bench=", "-test.fuzz="} {
			if len(arg) > len(flag) && arg[:len(flag)] == flag && arg != "-test.run=." {
				return false
			}
		}
	}
	return true
}
