package boot

import (
	"errors"
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// A Fault is one thing that is wrong, as one line of the log says it. It never holds the value of a secret.
type Fault struct {
	Code   string // of docs/errors.md
	File   string // the profile, where the fault is in one
	Line   int
	Column int
	Text   string // the place included
}

// FaultsOf lists everything that an error says is wrong, at least one fault.
func FaultsOf(err error) []Fault {
	if own, ok := err.(*Error); ok && len(own.Faults) > 0 { // not a wrapped one: the text around it says more
		return own.Faults
	}
	config, ok := err.(*configgen.Error) // as above
	if !ok || len(config.Problems) == 0 {
		return []Fault{{Code: CodeOf(err), Text: err.Error()}}
	}
	faults := make([]Fault, len(config.Problems))
	for i, p := range config.Problems {
		faults[i] = Fault{p.Code, p.Pos.File, p.Pos.Line, p.Pos.Column, p.String()}
	}
	return faults
}

// LogFaults logs one line for each fault where there are several. It returns the text for the line that follows.
func LogFaults(log hclog.Logger, level hclog.Level, faults []Fault) string {
	if len(faults) == 1 {
		return faults[0].Text
	}
	for _, f := range faults {
		keys := []any{"code", f.Code}
		if f.File != "" {
			keys = append(keys, "file", f.File, "line", f.Line, "column", f.Column)
		}
		log.Log(level, "fault", append(keys, "error", f.Text)...)
	}
	return fmt.Sprintf("%s (the first of %d faults)", faults[0].Text, len(faults))
}

// CodeOf is the code of an error in the catalogue: its own, or the code of its kind.
func CodeOf(err error) string {
	var (
		own      *Error
		stop     *supervisor.StopError
		fetch    *secrets.Error
		config   *configgen.Error
		write    *fileset.WriteError
		setup    *supervisor.SetupError
		identity *supervisor.IdentityError
		size     *supervisor.SizeError
	)
	switch {
	case errors.As(err, &own) && own.Code != "":
		return own.Code
	case errors.As(err, &stop):
		return codeOfKind(Stopped)
	case errors.As(err, &fetch):
		return fetch.Code
	case errors.As(err, &config) && len(config.Problems) > 0:
		return config.Problems[0].Code
	case errors.As(err, &write):
		return write.Code()
	case supervisor.IsShortage(err):
		return "no-resources"
	case errors.As(err, &setup): // its cause may be a SizeError
		return codeOfKind(SetupFailed)
	case errors.As(err, &size):
		return codeTooLarge
	case errors.As(err, &identity):
		return codeUser
	}
	return codeOfKind(KindOf(err))
}
