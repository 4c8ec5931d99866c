package boot

import (
	"fmt"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
)

// What a preparation logs: names and sources, never a value.

func (b *Boot) logResolved(r *configgen.Resolved) {
	for _, o := range r.Overridden {
		b.log.Info("parameter overridden", "name", o.Name, "by", source(o.Winner), "over", source(o.Loser))
	}
	for _, p := range r.Trimmed {
		b.log.Warn("white space around a value removed", "name", p.Name, "source", source(p))
	}
	for _, p := range r.Unknown {
		b.log.Info("parameter not read by the profile", "name", p.Name, "source", source(p))
	}
	for _, p := range r.Parameters() {
		b.log.Debug("parameter", "name", p.Name, "source", source(p), "parameter_version", p.Version)
	}
}

func source(p secrets.Parameter) string {
	return fmt.Sprintf("%s %s", p.Origin, p.FullName)
}

func (b *Boot) logEnvironment(e *configgen.Environment) {
	for _, name := range e.Replaced {
		b.log.Info("parameter replaces variable", "name", name)
	}
	for _, name := range e.Preferred {
		b.log.Info("variable preferred to parameter", "name", name)
	}
	for _, name := range e.Dangerous {
		b.log.Warn("parameter not exported: its variable changes how programs load (see --allow-env)", "name", name)
	}
	for _, name := range e.Odd {
		b.log.Warn("variable cannot be named by a shell", "name", name)
	}
	b.log.Debug("variables withheld", "names", append([]string{}, e.Withheld...)) // an empty list in JSON, not null
}

// logExposed warns about files that hold a secret and have a mode by which others can read it.
func (b *Boot) logExposed(files []configgen.Rendered) {
	for _, f := range files {
		if len(f.Exposed) > 0 {
			b.log.Warn("others can read a file that holds a secret", "path", f.Path, "mode", modeText(f.Mode), "names", f.Exposed, "fix", exposedFix)
		}
	}
}

// exposedFix is what to do about such a file.
const exposedFix = "leave out mode (0600), or add world-readable-secrets: true to the file in the profile if that is meant"

func (b *Boot) logApplied(applied configgen.Applied) {
	for _, path := range applied.Changed {
		b.log.Info("wrote file", "path", path)
	}
	for _, path := range applied.Unchanged {
		b.log.Info("file unchanged", "path", path)
	}
	for _, p := range applied.Warnings {
		b.log.Warn("others could read a file with secrets", "code", p.Code, "detail", p.What, "fix", p.Fix)
	}
	if err := applied.Unrecorded; err != nil && b.options.Sources.OnFailure == UseExistingOnFailure {
		b.log.Warn("no record of the files: --on-fetch-failure use-existing could not take them over", "error", err)
	}
}
