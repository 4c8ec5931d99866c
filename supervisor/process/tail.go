//go:build linux

package process

import (
	"bytes"
	"strings"
)

const tailLines = 10

// LastLines turns the end of a command's masked output into what an error may
// quote: its last lines.
func LastLines(kept []byte, cut bool) string {
	if cut {
		if _, rest, ok := bytes.Cut(kept, []byte("\n")); ok {
			kept = rest // the first line has lost its beginning
		}
	}
	text := strings.ToValidUTF8(string(kept), "?")
	lines := strings.Split(strings.TrimRight(text, "\n\r \t"), "\n")
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	return strings.Join(lines, "\n")
}
