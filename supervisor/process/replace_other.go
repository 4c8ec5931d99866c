//go:build !linux

package process

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// become enters the command's directory. Signals that have a handler are set to
// their default by execve.
func become(cmd Command) error {
	if cmd.Identity != nil {
		return fmt.Errorf("run as uid %d: %w", cmd.Identity.UID, ErrUnsupported)
	}
	if cmd.Dir != "" {
		return unix.Chdir(cmd.Dir)
	}
	return nil
}
