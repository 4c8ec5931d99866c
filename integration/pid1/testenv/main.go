//go:build linux

package testenv

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// The first argument of a helper process. The command line is used, not the environment: an init may change that.
const (
	roleHelper = "testenv-helper" // SOCKET NAME TRAITS
	roleDouble = "testenv-double" // starts the rest of its command line in a new session and ends
	roleLaunch = "testenv-launch" // SOCKET SPEC: prepares the process, then becomes the init
	roleReaper = "testenv-reaper" // SOCKET SPEC: process 1 of the namespace
)

// Main turns the process into the helper its command line names and does not return then.
func Main() {
	if len(os.Args) < 2 {
		keepToOurselves()
		return
	}
	var err error
	switch args := os.Args[2:]; os.Args[1] {
	case roleHelper:
		err = helperMain(args)
	case roleDouble:
		err = doubleMain(args)
	case roleLaunch:
		err = launchMain(args)
	case roleReaper:
		err = reaperMain(args)
	default:
		keepToOurselves()
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(99)
	}
	os.Exit(0)
}

// keepToOurselves closes on exec whatever descriptor this program itself was started with: no init gets it by chance.
func keepToOurselves() {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}

// HelperArgv is the command line of a helper: what a test hands an init as its command.
func (e *Env) HelperArgv(name, traits string) []string {
	return helperArgv(e.socket, name, traits)
}

func helperArgv(socket, name, traits string) []string {
	return []string{selfExe(), roleHelper, socket, name, traits}
}
