package main

import (
	"runtime/debug"
	"slices"
	"strings"
)

const (
	defaultQueue   = 65536
	memoryLimit    = 48 << 20 // of the Go runtime, with the default queue; what it does not count comes on top
	bytesPerQueued = 512      // what one more record in the queue may need, at most
)

// limitMemory lets the collector run more often in a storm of records, in place of taking twice what is held. GOMEMLIMIT counts
// where it is given.
func (a *app) limitMemory() {
	if slices.ContainsFunc(a.environ, func(entry string) bool { return strings.HasPrefix(entry, "GOMEMLIMIT=") }) {
		return
	}
	debug.SetMemoryLimit(memoryLimit + int64(max(0, a.settings.queue-defaultQueue))*bytesPerQueued)
}
