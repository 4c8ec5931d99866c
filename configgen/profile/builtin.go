package profile

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"slices"
	"strings"
)

//go:embed builtin/*.yaml
var profileFiles embed.FS

// Source gives the file of a built-in profile, to start another profile from.
func Source(name string) ([]byte, bool) {
	if strings.ContainsAny(name, `/\`) {
		return nil, false
	}
	data, err := profileFiles.ReadFile("builtin/" + name + ".yaml")
	return data, err == nil
}

// BuiltinNames are the names of the built-in profiles, in order.
func BuiltinNames() []string {
	entries, err := profileFiles.ReadDir("builtin")
	if err != nil {
		panic(err) // embedded: it is there or nothing was built
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Builtins gives the built-in profiles by name.
func Builtins() []*Profile {
	var all []*Profile
	for _, name := range BuiltinNames() {
		p, _ := Builtin(name)
		all = append(all, p)
	}
	return all
}

// Builtin gives one built-in profile.
func Builtin(name string) (*Profile, bool) {
	data, ok := Source(name)
	if !ok {
		return nil, false
	}
	return parseBuiltin(name, data), true
}

func parseBuiltin(name string, data []byte) *Profile {
	p, err := Parse(name+".yaml", data)
	if err != nil {
		panic(fmt.Sprintf("built-in profile: %v", err)) // a test parses them all
	}
	return p
}

// Detect gives the one built-in profile whose agent is installed here, that is, whose detect
// paths all exist. A profile without detect paths is never detected. The error is
// an *Error of Kind Usage.
func Detect() (*Profile, error) {
	found, err := detect(builtinHeads(), func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	p, _ := Builtin(found.Name)
	return p, nil
}

// builtinHeads gives the built-in profiles as far as they are needed to choose one: every boot does that, and to read
// them all would take longer than the rest of its stages.
func builtinHeads() []*Profile {
	var all []*Profile
	for _, name := range BuiltinNames() {
		data, _ := Source(name)
		head, _, _ := bytes.Cut(data, []byte("\nparameters:"))
		all = append(all, parseBuiltin(name, head))
	}
	return all
}

func detect(profiles []*Profile, exists func(string) bool) (*Profile, error) {
	var found []*Profile
	var looked []string
	for _, p := range profiles {
		if len(p.Detect) == 0 {
			continue
		}
		looked = append(looked, fmt.Sprintf("%s (%s)", p.Name, strings.Join(p.Detect, ", ")))
		if !slices.ContainsFunc(p.Detect, func(path string) bool { return !exists(path) }) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, &Error{Usage, []Problem{{
			Code: "profile-undetected",
			What: "detect the profile: no agent that a profile knows is installed; looked for " + strings.Join(looked, ", "),
			Fix:  "name one with --profile, or give a command after --",
		}}}
	}
	names := make([]string, len(found))
	for i, p := range found {
		names[i] = fmt.Sprintf("%s (%s)", p.Name, strings.Join(p.Detect, ", "))
	}
	return nil, &Error{Usage, []Problem{{
		Code: "profile-ambiguous",
		What: "detect the profile: several agents are installed: " + strings.Join(names, ", "),
		Fix:  "name one with --profile",
	}}}
}
