package boot

import (
	"os"
	"slices"
	"strings"
)

// LogStart writes the first line of a boot, before anything that may hang: if nothing more is logged, it still says what
// was to be read. It has names only, and the profile as it was given.
func (b *Boot) LogStart() {
	b.log.Info("starting", "version", b.version, "profile", b.options.Profile, "sources", b.sourceNames(),
		"pid", os.Getpid(), "pid_1", os.Getpid() == 1)
}

// LogNothingToFetch says that a boot reads no source, in case one was forgotten.
func (b *Boot) LogNothingToFetch() {
	if len(b.sourceNames()) == 0 {
		b.log.Info("nothing is fetched", "reason", "no flag or variable names a source")
	}
}

// sourceNames are the paths, references and directories to read, and the variables that hold a reference.
func (b *Boot) sourceNames() []string {
	s := &b.options.Sources
	names := append([]string{}, slices.Concat(s.Paths, s.Parameters, s.Dirs)...) // an empty list in JSON, not null
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
