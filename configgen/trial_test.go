package configgen

import (
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
)

// TestBuiltinProfilesPassTheirTests: a built-in profile with tests of its own passes them.
func TestBuiltinProfilesPassTheirTests(t *testing.T) {
	t.Parallel()
	for _, p := range profile.Builtins() {
		for i := range p.Tests {
			for _, d := range Try(p, &p.Tests[i]) {
				t.Errorf("%s: %s: %s", p.Name, p.Tests[i].Name, d)
			}
		}
	}
}
