package secrets

import "testing"

// TestFirstEntryCounts: of a name that stands twice the first entry counts.
func TestFirstEntryCounts(t *testing.T) {
	t.Parallel()
	environ := []string{"A", "A=1", "A=2", "B=", "B=3", "C=x=y"}
	all := Variables(environ)
	for name, want := range map[string]string{"A": "1", "B": "", "C": "x=y"} {
		if got, ok := all[name]; got != want || !ok {
			t.Errorf("Variables: %s is %q, %v", name, got, ok)
		}
		if got, ok := Variable(environ, name); got != want || !ok {
			t.Errorf("Variable: %s is %q, %v", name, got, ok)
		}
	}
	if _, ok := Variable(environ, "D"); ok || len(all) != 3 {
		t.Errorf("not there: %v, all: %v", ok, all)
	}
}
