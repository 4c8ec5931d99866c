package ssm

import (
	"strings"
	"testing"
)

func TestOneLine(t *testing.T) {
	t.Parallel()
	if got := oneLine(" a\n\tb\x00c\r\n "); got != "a b c" {
		t.Errorf("%q", got)
	}
	if got := oneLine(strings.Repeat("ü", 1000)); len(got) > 610 || strings.ContainsRune(got, '\ufffd') {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}
