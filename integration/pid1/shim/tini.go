//go:build linux

package main

import (
	"errors"
	"strings"
)

// tini knows no stop either. Its options are getopt's: the first word that is none begins the command.
func tini(args []string, getenv func(string) string) (call, error) {
	c := call{flags: []string{"--stop-on=SIGRTMAX", "--log-level=error"}}
	group := getenv("TINI_KILL_PROCESS_GROUP") != ""
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			break
		}
		switch arg {
		case "-g":
			group = true
		case "-s", "-w", "-v", "-vv", "-vvv": // a subreaper it is anyway; its texts are its own
		case "-e", "-p":
			if len(args) == 0 {
				return c, errors.New(arg + " wants a value")
			}
			c.flags = append(c.flags, map[string]string{"-e": "--exit-remap=", "-p": "--parent-death-signal="}[arg]+args[0])
			args = args[1:]
		default:
			return c, errors.New("unknown option " + arg)
		}
	}
	if len(args) == 0 {
		return c, errors.New("no command")
	}
	if !group {
		c.flags = append(c.flags, "--signal-scope=process")
	}
	c.command = args
	return c, nil
}
