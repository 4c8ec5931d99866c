package boot

import (
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/configgen"
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
