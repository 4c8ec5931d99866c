// Package adapter tells the conformance suite how an init binary is called: as data, so that any init can be put to it.
package adapter

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Option is something a case asks of an init's command line.
type Option string

// The options. One with values takes them in the order given here.
const (
	Process      Option = "process"       // signals go to the child alone
	Group        Option = "group"         // signals go to the child's process group
	Subreaper    Option = "subreaper"     // adopt orphans when not process 1
	Rewrite      Option = "rewrite"       // FROM, TO (numbers; 0 drops)
	Remap        Option = "remap"         // CODE becomes 0
	RemapTo      Option = "remap-to"      // FROM, TO
	ParentDeath  Option = "parent-death"  // the signal (TERM, ...) that the init gets when its parent dies
	StopSignal   Option = "stop-signal"   // the signal (number) the child gets on stop
	StopOn       Option = "stop-on"       // the signal (number) that means stop
	Grace        Option = "grace"         // seconds from stop to SIGKILL
	Restart      Option = "restart"       // no, on-failure or always
	Backoff      Option = "backoff"       // seconds: first, longest, reset
	StartLimit   Option = "start-limit"   // so many starts in a minute, then give up
	User         Option = "user"          // UID:GID
	WorkingDir   Option = "working-dir"   // of the child
	ByEnv        Option = "by-env"        // the other of Process and Group than the default, by environment alone
	Verbose      Option = "verbose"       // say on standard error how the child ended
	Profile      Option = "profile"       // FILE of what runs before, checks, and follows the child
	RunDirectory Option = "run-directory" // DIR of the control socket: for status and health
)

// Flag is how an option is given. "%1" and "%2" stand for its values.
type Flag struct {
	Args []string `json:"args,omitempty"`
	Env  []string `json:"env,omitempty"`
}

// Adapter is one init binary.
type Adapter struct {
	Name    string          `json:"name"`
	Binary  string          `json:"binary"`            // a path, or a name to look up in PATH
	Command []string        `json:"command,omitempty"` // before the flags
	Env     []string        `json:"env,omitempty"`
	End     []string        `json:"end,omitempty"` // between the flags and the child's command
	Options map[Option]Flag `json:"options,omitempty"`
	Default []Option        `json:"default,omitempty"` // what it does unasked: Group or Process, Subreaper, Verbose
	// Own marks the init whose every N is a failure.
	Own bool `json:"-"`
}

// Setting is an option with its values.
type Setting struct {
	Option Option
	Values []string
}

// Set makes a Setting.
func Set(o Option, values ...any) Setting {
	s := Setting{Option: o}
	for _, v := range values {
		s.Values = append(s.Values, fmt.Sprint(v))
	}
	return s
}

// Has says whether the init can do what the option asks, by a flag or unasked.
func (a *Adapter) Has(o Option) bool {
	_, flag := a.Options[o]
	return flag || slices.Contains(a.Default, o)
}

// Argv is the command line that runs a child under the init, and the environment it needs on top.
func (a *Adapter) Argv(child []string, settings ...Setting) (argv, env []string, err error) {
	argv = append([]string{a.Binary}, a.Command...)
	env = slices.Clone(a.Env)
	for _, s := range settings {
		if slices.Contains(a.Default, s.Option) {
			continue
		}
		flag, ok := a.Options[s.Option]
		if !ok {
			return nil, nil, fmt.Errorf("%s has no option %q", a.Name, s.Option)
		}
		argv = append(argv, fill(flag.Args, s.Values)...)
		env = append(env, fill(flag.Env, s.Values)...)
	}
	if len(child) > 0 {
		argv = append(append(argv, a.End...), child...)
	}
	return argv, env, nil
}

func fill(parts, values []string) []string {
	out := make([]string, len(parts))
	for i, part := range parts {
		for n, v := range values {
			part = strings.ReplaceAll(part, fmt.Sprintf("%%%d", n+1), v)
		}
		out[i] = part
	}
	return out
}

// Find makes Binary a path.
func (a *Adapter) Find() error {
	path, err := exec.LookPath(a.Binary)
	if err != nil {
		return err
	}
	a.Binary = path
	return nil
}

// Load reads an adapter from a JSON file: how somebody else's init is put to the suite.
func Load(file string) (*Adapter, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	a := new(Adapter)
	if err := json.Unmarshal(b, a); err != nil {
		return nil, fmt.Errorf("parse %s: %w", file, err)
	}
	return a, nil
}
