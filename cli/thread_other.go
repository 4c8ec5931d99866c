//go:build !linux

package cli

// blockSignals does nothing where threads cannot block signals by golang.org/x/sys/unix: `stty tostop` can then stop the
// program, as it stops every other.
func blockSignals() {}
