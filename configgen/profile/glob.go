package profile

import (
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/cli/strictyaml"
)

// CheckGlob accepts the name of a variable; its last character may be *.
func CheckGlob(glob string) error {
	name := strings.TrimSuffix(glob, "*")
	if glob == "" || strings.ContainsAny(name, "*=\x00") {
		return fmt.Errorf("%q is neither the name of a variable nor the beginning of one with a *", strictyaml.Clip(glob))
	}
	return nil
}

// MatchAny reports whether one of the globs matches a name.
func MatchAny(globs []string, name string) bool {
	for _, glob := range globs {
		if prefix, open := strings.CutSuffix(glob, "*"); open && strings.HasPrefix(name, prefix) || glob == name {
			return true
		}
	}
	return false
}
