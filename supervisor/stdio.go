//go:build linux

package supervisor

import (
	"errors"

	"golang.org/x/sys/unix"
)

// IsBrokenPipe reports whether a write failed because nobody reads any more.
func IsBrokenPipe(err error) bool { return errors.Is(err, unix.EPIPE) }
