//go:build linux

// Command shim answers to the command lines of dumb-init and tini, by the name it is called, and becomes tsboot with
// the flags that mean the same: so that their own suites can be run against it. TSBOOT_PID1_BINARY names tsboot.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// target names the tsboot that the shim becomes.
const target = "TSBOOT_PID1_BINARY"

func main() {
	binary := os.Getenv(target)
	translate := map[string]func([]string, func(string) string) (call, error){"dumb-init": dumbInit, "tini": tini}
	t, known := translate[filepath.Base(os.Args[0])]
	if binary == "" || !known {
		fmt.Fprintf(os.Stderr, "call the shim as dumb-init or tini, with %s set\n", target)
		os.Exit(64)
	}
	c, err := t(os.Args[1:], os.Getenv)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
	for _, line := range c.say {
		fmt.Fprintln(os.Stderr, line)
	}
	argv := append(append([]string{"tsboot", "exec"}, c.flags...), append([]string{"--"}, c.command...)...)
	env := []string{"TSBOOT_RUN_DIR="} // many run side by side
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, target+"=") {
			env = append(env, e)
		}
	}
	fmt.Fprintln(os.Stderr, syscall.Exec(binary, argv, env))
	os.Exit(70)
}

// call is what a command line means.
type call struct {
	flags   []string
	command []string
	say     []string // texts that a peer's suite looks for and that are not tsboot's
}
