package audit

import (
	"errors"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// Borrow gives the state to the test until that ends. It skips the test where something else of the machine uses audit.
func Borrow(t testing.TB) {
	t.Helper()
	require.Tools(t, "root", "auditctl")
	l, err := Take(t.Context())
	switch {
	case errors.Is(err, ErrInUse):
		require.Missing(t, "audit", err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Return(); err != nil {
			t.Error(err)
		}
	})
}

// State is what `auditctl -s` says, by name: "pid" is who gets the records, "0" for nobody.
func State(t testing.TB) map[string]string {
	t.Helper()
	values, err := state()
	if err != nil {
		t.Error(err)
	}
	return values
}

// Ctl runs auditctl and gives what it prints.
func Ctl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := ctl(args...)
	if err != nil {
		t.Error(err)
	}
	return out
}
