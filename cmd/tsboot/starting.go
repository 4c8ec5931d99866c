package main

import (
	"os"
	"slices"
	"strings"
)

// logStart writes the first line of a boot, before anything that may hang: a container that says nothing more has at
// least said what it wants to read. It has names only, and the profile as it was asked for.
func (a *app) logStart() {
	a.log.Info("starting", "version", versionText(), "profile", a.settings.profile, "sources", a.sourceNames(),
		"pid", os.Getpid(), "pid_1", os.Getpid() == 1)
}

// logNothingToFetch says that a boot reads no source. A forgotten one looks like this.
func (a *app) logNothingToFetch() {
	if len(a.sourceNames()) == 0 {
		a.log.Info("nothing is fetched", "reason", "no flag or variable names a source")
	}
}

// sourceNames are the paths, references and directories to read, and the variables that hold a reference.
func (a *app) sourceNames() []string {
	s := &a.settings
	names := append([]string{}, slices.Concat(s.ssmPaths, s.ssmParameters, s.secretsDirs)...) // none is an empty list, not null
	if s.resolveEnv {
		for _, entry := range a.environ {
			name, value, _ := strings.Cut(entry, "=")
			if strings.HasPrefix(value, "ssm://") {
				names = append(names, name)
			}
		}
	}
	return names
}
