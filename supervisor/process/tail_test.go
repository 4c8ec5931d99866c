//go:build linux

package process

import (
	"strings"
	"testing"
)

func TestLastLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kept string
		cut  bool
		want string
	}{
		"plain":                     {"a\nb\n", false, "a\nb"},
		"empty":                     {"\n\n", false, ""},
		"first line lost its start": {"rest of a line\nb\n", true, "b"},
		"one line that was cut":     {"no end of line", true, "no end of line"},
		"not UTF-8":                 {"a\xff\xfeb", false, "a?b"},
		"only the last":             {strings.Repeat("x\n", 20) + "end", false, strings.Repeat("x\n", tailLines-1) + "end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := LastLines([]byte(test.kept), test.cut); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
