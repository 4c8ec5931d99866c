//go:build linux

package supervisor

import (
	"strings"
	"testing"
)

func TestLastLines(t *testing.T) {
	t.Parallel()
	key := "-----BEGIN KEY-----\nQUJDREVGR0g=\n-----END KEY-----"
	for name, test := range map[string]struct {
		kept    string
		cut     bool
		secrets []string
		want    string
	}{
		"plain":                     {"a\nb\n", false, nil, "a\nb"},
		"empty":                     {"\n\n", false, []string{"x"}, ""},
		"first line lost its start": {"rest of a line\nb\n", true, nil, "b"},
		"one line that was cut":     {"no end of line", true, nil, "no end of line"},
		"secret":                    {"key=hunter2!\n", false, []string{"hunter2"}, "key=[redacted]!"},
		"secret cut in two":         {"ter2 end", true, []string{"hunter2"}, " end"},
		"longest first":             {"hunter2000", false, []string{"hunter2", "hunter2000"}, "[redacted]"},
		"blank secrets":             {"a b", false, []string{"", " "}, "a b"},
		"trailing newline":          {"key hunter2", false, []string{"hunter2\n"}, "key [redacted]"},
		"a line of a long secret":   {"got QUJDREVGR0g=\n", false, []string{key}, "got [redacted]"},
		"not UTF-8":                 {"a\xff\xfeb", false, nil, "a?b"},
		"only the last": {strings.Repeat("x\n", 20) + "end", false, nil,
			strings.Repeat("x\n", tailLines-1) + "end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := lastLines([]byte(test.kept), test.cut, maskable(test.secrets)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCaptureMasksASecretThatComesInTwoReads(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	c, err := newCapture(&out, tailLimit, false, maskable([]string{"hunter2"}))
	if err != nil {
		t.Fatal(err)
	}
	child, err := dup(c.write)
	if err != nil {
		t.Fatal(err)
	}
	c.start()
	for _, part := range []string{"one\nkey hun", "ter2 and hun"} {
		if _, err := child.WriteString(part); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is read", func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return strings.HasSuffix(string(c.kept), part)
		})
	}
	child.Close()
	<-c.eof
	if got := out.String(); got != "one\nkey [redacted] and hun" {
		t.Errorf("got %q", got)
	}
}
