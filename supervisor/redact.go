//go:build linux

package supervisor

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// redacted stands where a secret stood.
const redacted = "[redacted]"

// A line of a secret of several lines is masked by itself when it is this long:
// shorter ones ("}", "-") are in any output.
const secretLineMin = 8

const tailLines = 10

// mask hides every secret in text. Longer ones go first, so that one which
// contains another leaves nothing of itself.
func mask(text string, secrets []string) string {
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	return text
}

// maskable prepares secrets for mask: without empty ones, with the lines of
// long ones (output is looked at line by line), longest first.
func maskable(secrets []string) []string {
	var all []string
	for _, secret := range secrets {
		trimmed := strings.TrimSpace(secret)
		if trimmed == "" {
			continue
		}
		all = append(all, trimmed)
		if lines := strings.Split(trimmed, "\n"); len(lines) > 1 {
			for _, line := range lines {
				if line = strings.TrimSpace(line); len(line) >= secretLineMin {
					all = append(all, line)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	return slices.Compact(all)
}

// lastLines turns the end of a command's output into what an error may quote:
// its last lines, secrets masked, also one whose beginning was cut off.
func lastLines(kept []byte, cut bool, secrets []string) string {
	if cut {
		kept = dropPartial(kept, secrets)
		if _, rest, ok := bytes.Cut(kept, []byte("\n")); ok {
			kept = rest // the first line has lost its beginning
		}
	}
	text := strings.ToValidUTF8(mask(string(kept), secrets), "?")
	lines := strings.Split(strings.TrimRight(text, "\n\r \t"), "\n")
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	return strings.Join(lines, "\n")
}

// dropPartial removes the end of a secret from the beginning of kept.
func dropPartial(kept []byte, secrets []string) []byte {
	longest := 0
	for _, secret := range secrets {
		for from := 1; from < len(secret); from++ {
			if n := len(secret) - from; n > longest && bytes.HasPrefix(kept, []byte(secret[from:])) {
				longest = n
				break
			}
		}
	}
	return kept[longest:]
}
