//go:build !linux

package process

import "os"

// OwnProgram is a path by which this program can be started again.
func OwnProgram() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return os.Args[0]
}
