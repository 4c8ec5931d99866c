//go:build !linux

package process

// Main runs f and returns its result: there is no Supervisor that the main
// thread could work for.
func Main(_ int, f func(*MainThread) int) int { return f(&MainThread{}) }
