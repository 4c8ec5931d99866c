package profile

import (
	"slices"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// looksLikeFact says whether a reference means a fact: facts have a dot in their
// names, and parameters do not.
func looksLikeFact(name string) bool {
	group, rest, dotted := strings.Cut(name, ".")
	return dotted && validName(group) && validName(strings.ToLower(rest))
}

// nearestFact is the fix for a fact that is not known.
func nearestFact(name string) string {
	fix := "facts are " + strings.Join(secrets.Facts(), ", ")
	if best := secrets.Nearest(name, secrets.Facts()); best != "" {
		fix = "did you mean \"" + best + "\"? " + fix
	}
	return fix
}

// referred is the declaration of what a reference names; nil where there is none. A
// fact counts as a string, and the profile notes it.
func (p *parser) referred(name string) *Parameter {
	if !secrets.IsFact(name) {
		return p.declared(name)
	}
	if !slices.Contains(p.profile.Facts, name) {
		p.profile.Facts = append(p.profile.Facts, name)
	}
	return &Parameter{Name: name, Type: String}
}
