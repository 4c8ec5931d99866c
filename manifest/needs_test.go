package manifest

import (
	"maps"
	"slices"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
)

// TestNeeds: the table has each built-in profile, and no other.
func TestNeeds(t *testing.T) {
	t.Parallel()
	if names := slices.Sorted(maps.Keys(needs)); !slices.Equal(names, profile.BuiltinNames()) {
		t.Errorf("needs.go has %q, built in are %q", names, profile.BuiltinNames())
	}
}
