// Package agent is the one fake agent of the tests. Called "agent" it does what its arguments say, word by word
// (verbs.go). Called by a name of the Threat Stack agents, whose vendor's backend is gone, it behaves as they did:
// cloudsight (1.x) and tsagent with tsagentd (2.x, 3.x). It takes their commands and flags, keeps their markers,
// daemonises, prints their status lines, and records what it was given (record.go). What it should do wrong stands in
// fake.json at its root (knobs.go).
package agent

import (
	"fmt"
	"os"
	"path/filepath"
)

// agent is one call of one of the programs.
type agent struct {
	name  string // the program, as it was called
	root  string // /opt/threatstack, or wherever it was installed
	args  []string
	knobs knobs
}

// Main runs the program and ends the process. Only main, or the entry of a testscript, may call it.
func Main() {
	name := filepath.Base(os.Args[0])
	if name == "agent" {
		runVerbs(os.Args[1:])
		return
	}
	a := &agent{name: name, root: root(), args: os.Args[1:]}
	a.knobs = readKnobs(a.path("fake.json"))
	code, err := a.dispatch()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		if code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}

func (a *agent) dispatch() (int, error) {
	switch a.name {
	case "cloudsight", "tsagent", "tsagentd", "tsauditd":
		if err := a.record("start"); err != nil {
			return 1, err
		}
	}
	switch a.name {
	case "cloudsight":
		return a.cloudsight()
	case "tsagent":
		return a.tsagent()
	case "tsagentd":
		return a.tsagentd()
	case "tsauditd":
		return a.worker()
	}
	if len(a.args) == 3 && a.args[0] == "install" {
		return 0, install(a.args[1], a.args[2])
	}
	return 2, fmt.Errorf("usage: fakeagent install 1|2 DIR")
}

// root is the directory above bin or sbin, by the program's own file, not by the link it was called through.
func root() string {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	if resolved, err := filepath.EvalSymlinks(program); err == nil {
		program = resolved
	}
	return filepath.Dir(filepath.Dir(program))
}

func (a *agent) path(elements ...string) string {
	return filepath.Join(append([]string{a.root}, elements...)...)
}

// command splits "setup --flag" into the command and the rest.
func (a *agent) command() (string, []string) {
	if len(a.args) == 0 {
		return "", nil
	}
	return a.args[0], a.args[1:]
}
