//go:build linux && (amd64 || arm64)

package main

// start is the entry of the program, in assembly; nothing calls it. It asks whether the standard output is open.
func start()

var _ = start
