//go:build !unix

package secrets

import (
	"errors"
	"io/fs"
)

// openNonblock does not exist here.
const openNonblock = 0

// noSuchFile is why there is no file behind a path; empty for any other error.
func noSuchFile(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ErrNotExist.Error()
	}
	return ""
}
