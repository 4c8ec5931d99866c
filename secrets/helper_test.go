package secrets

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// want checks an error's code, kind and words.
func want(t *testing.T, err error, code string, kind Kind, words ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want one of code %s", err, err, code)
	}
	if e.Code != code || e.Kind != kind {
		t.Errorf("code %s, kind %v; want %s, %v: %v", e.Code, e.Kind, code, kind, err)
	}
	if strings.ContainsAny(e.Error(), "\n\r\x00") {
		t.Errorf("more than one line: %q", e.Error())
	}
	for _, w := range words {
		if !strings.Contains(e.Error(), w) {
			t.Errorf("%q is not in: %v", w, err)
		}
	}
}

// flat writes layers for comparison: values revealed.
func flat(layers []Layer) string {
	var b strings.Builder
	for _, l := range layers {
		fmt.Fprintf(&b, "%s:", l.Origin)
		for _, p := range l.Parameters {
			fmt.Fprintf(&b, " %s=%s", p.Name, p.Value.Reveal())
		}
		b.WriteString("\n")
	}
	return b.String()
}

func write(t *testing.T, path, value string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
		t.Fatal(err)
	}
}
