//go:build linux

package main

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
)

// suspending are TSTP, TTIN and TTOU: dumb-init makes them STOP for a group, which the terminal's own signals do not
// reach.
var suspending = []string{"20", "21", "22"}

// dumbInit knows no stop: every signal is only forwarded. A stop signal that nobody sends stands for that.
func dumbInit(args []string, getenv func(string) string) (call, error) {
	c := call{flags: []string{"--stop-on=SIGRTMAX"}}
	group := getenv("DUMB_INIT_SETSID") != "0"
	verbose := getenv("DUMB_INIT_DEBUG") == "1"
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		arg := args[0]
		args = args[1:]
		switch arg {
		case "-c", "--single-child":
			group = false
			continue
		case "-v", "--verbose":
			verbose = true
			continue
		case "-r", "--rewrite":
			if len(args) == 0 {
				return c, errors.New("a rewrite wants two numbers")
			}
			c.flags = append(c.flags, "--signal-rewrite="+args[0])
			args = args[1:]
			continue
		case "--":
		default:
			return c, errors.New("unknown option " + arg)
		}
		break
	}
	if len(args) == 0 {
		return c, errors.New("no command")
	}
	if !group {
		c.flags = append(c.flags, "--signal-scope=process")
	}
	for _, from := range suspending {
		if group && !slices.ContainsFunc(c.flags, func(f string) bool { return strings.HasPrefix(f, "--signal-rewrite="+from+":") }) {
			c.flags = append(c.flags, "--signal-rewrite="+from+":19")
		}
	}
	if !verbose {
		c.flags = append(c.flags, "--log-level=error")
	}
	if _, err := exec.LookPath(args[0]); err != nil {
		c.say = append(c.say, "[dumb-init] "+args[0]+": No such file or directory")
	}
	c.command = args
	return c, nil
}
