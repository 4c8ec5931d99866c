package boot

import (
	"strings"
	"testing"

	"github.com/tsboot/tsboot/secrets"
)

// A value with a NUL byte is refused with the name of its variable, and is not shown.
func TestVariableWithNUL(t *testing.T) {
	t.Parallel()
	err := checkVariables([]secrets.Parameter{
		{Name: "GOOD", FullName: "/o/good", Value: secrets.NewValue("fine")},
		{Name: "DB_PASS", FullName: "/o/db", Value: secrets.NewValue("sikrit\x00value")},
	})
	if KindOf(err) != Invalid {
		t.Fatalf("kind %q: %v", KindOf(err), err)
	}
	if text := err.Error(); !strings.Contains(text, "DB_PASS") || !strings.Contains(text, "/o/db") || strings.Contains(text, "sikrit") || strings.Contains(text, "GOOD") {
		t.Error(text)
	}
}
