package cli

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Whatever way a duration goes into the log, it is a string of Go's form without digits below the millisecond.
func TestDurationsInTheLog(t *testing.T) {
	const d = 1234567 * time.Microsecond
	for name, write := range map[string]func(hclog.Logger){
		"Log":        func(l hclog.Logger) { l.Log(hclog.Info, "m", "elapsed", d) },
		"Trace":      func(l hclog.Logger) { l.Trace("m", "elapsed", d) },
		"Debug":      func(l hclog.Logger) { l.Debug("m", "elapsed", d) },
		"Info":       func(l hclog.Logger) { l.Info("m", "elapsed", d) },
		"Warn":       func(l hclog.Logger) { l.Warn("m", "elapsed", d) },
		"Error":      func(l hclog.Logger) { l.Error("m", "elapsed", d) },
		"With":       func(l hclog.Logger) { l.With("elapsed", d).Info("m") },
		"Named":      func(l hclog.Logger) { l.Named("n").Info("m", "elapsed", d) },
		"ResetNamed": func(l hclog.Logger) { l.ResetNamed("n").With("a", 1).Info("m", "elapsed", d) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			write(NewLogger(tsboot, LogOptions{Level: "trace", Format: FormatJSON}, &out))
			var line struct{ Elapsed string }
			if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Elapsed != "1.235s" {
				t.Errorf("%s: elapsed %q, %v", out.Bytes(), line.Elapsed, err)
			}
		})
	}
	args := []any{"delay", d}
	durationsAsText(args)
	if args[1] != any(d) {
		t.Error("the caller's arguments were changed")
	}
}
