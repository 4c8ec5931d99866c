//go:build linux && (amd64 || arm64)

package main

// start is the entry of the program, in assembly; nothing calls it. See stdoutAtStart.
func start()

var _ = start
