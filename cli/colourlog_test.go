package cli

import (
	"bytes"
	"strings"
	"testing"
)

// TestColourEnds: the colour of a level ends after it, also where standard output is not a terminal, as that of a test and
// of tsboot's worker: all that follows on the terminal would have it.
func TestColourEnds(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	NewLogger(Program{Name: "tsboot"}, LogOptions{Level: "info", Format: FormatText, Coloured: true}, &out).Warn("agent exited")
	_, rest, found := strings.Cut(out.String(), "[WARN]")
	if !found || !strings.Contains(out.String(), "\x1b[9") || !strings.HasPrefix(strings.TrimLeft(rest, " "), "\x1b[0m") {
		t.Errorf("the line is %q", &out)
	}
}
