package boot

import (
	"os"
	"slices"
	"strings"
)

// LogStart writes the first line of a boot, before anything that may hang: a container that says nothing more has at
// least said what it wants to read. It has names only, and the profile as it was asked for.
func (b *Boot) LogStart() {
	b.log.Info("starting", "version", b.version, "profile", b.options.Profile, "sources", b.sourceNames(),
		"pid", os.Getpid(), "pid_1", os.Getpid() == 1)
}

// LogNothingToFetch says that a boot reads no source. A forgotten one looks like this.
func (b *Boot) LogNothingToFetch() {
	if len(b.sourceNames()) == 0 {
		b.log.Info("nothing is fetched", "reason", "no flag or variable names a source")
	}
}

// sourceNames are the paths, references and directories to read, and the variables that hold a reference.
func (b *Boot) sourceNames() []string {
	s := &b.options.Sources
	names := append([]string{}, slices.Concat(s.Paths, s.Parameters, s.Dirs)...) // none is an empty list, not null
	if s.ResolveEnv {
		for _, entry := range b.environ {
			name, value, _ := strings.Cut(entry, "=")
			if strings.HasPrefix(value, "ssm://") {
				names = append(names, name)
			}
		}
	}
	return names
}
