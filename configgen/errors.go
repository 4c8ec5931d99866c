package configgen

import "github.com/tsboot/tsboot/configgen/profile"

// What is wrong with a value is told in the same words as what is wrong with a
// profile.
type (
	Kind    = profile.Kind
	Pos     = profile.Pos
	Problem = profile.Problem
	Error   = profile.Error
)

// Kinds of faults, which an Error has. The Catalogue has those of package fileset,
// too. The zero Kind is that of a warning: a boot goes on.
const (
	Usage   = profile.Usage
	Invalid = profile.Invalid

	CannotWrite = profile.CannotWrite
)
