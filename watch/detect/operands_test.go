package detect

import (
	"strings"
	"testing"
)

func TestOperands(t *testing.T) {
	t.Parallel()
	valued := []string{"-o", "-H", "--output", "--header"}
	for line, want := range map[string]string{
		"curl":                            "",
		"curl host":                       "host",
		"curl -sS host/file":              "host/file",
		"curl -o file host":               "host",
		"curl -sSo file host":             "host",
		"curl -ofile host":                "host",
		"curl -sofile host other":         "host other",
		"curl -so":                        "",
		"curl --output file host":         "host",
		"curl --output=file host":         "host",
		"curl --unknown file host":        "file host",
		"curl host -H name -o file":       "host",
		"curl -- -o host":                 "-o host",
		"curl - host":                     "- host",
		"curl -H -o host":                 "host",
		"curl --output":                   "",
		"-o file host":                    "file host",
		"curl -\xffo file host":           "host",
		"busybox wget --header name host": "wget host",
	} {
		if got := strings.Join(operands(strings.Fields(line), valued), " "); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if got := operands(nil, valued); len(got) > 0 {
		t.Errorf("of nothing: %q", got)
	}
}
