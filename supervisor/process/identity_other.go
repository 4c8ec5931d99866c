//go:build !linux

package process

import "fmt"

// LookupIdentity refuses: the identity of a command is set by means of Linux.
func LookupIdentity(spec string) (*Identity, error) {
	return nil, fmt.Errorf("run as %q: %w", spec, ErrUnsupported)
}

// CheckIdentity has nothing to check: a nil identity is tsboot's own, and there is no other.
func CheckIdentity(*Identity, IdentityUse) error { return nil }
