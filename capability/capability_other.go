//go:build !linux

package capability

import "errors"

// Bounding says that it cannot be known: only Linux has capabilities.
func Bounding() (Set, error) { return 0, errors.ErrUnsupported }

// Ambient says that it cannot be known: only Linux has capabilities.
func Ambient() (Set, error) { return 0, errors.ErrUnsupported }
