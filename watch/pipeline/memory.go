package pipeline

import (
	"runtime/debug"
	"slices"
	"strings"
)

const (
	// DefaultQueue is how many records the queue has room for, where nobody says otherwise.
	DefaultQueue = 65536

	memoryLimit    = 36 << 20 // of the Go runtime, with that queue; what it does not count comes on top
	bytesPerQueued = 512      // what one more record in the queue may need, at most
	garbage        = 300      // % of what is held may be garbage before the collector runs
)

// LimitMemory says when the collector runs. What is held is little, 4 MB beside the queue, so it may be seldom; in a storm of
// records the limit lets it run more often, in place of taking several times what is held. GOGC and GOMEMLIMIT count where
// the environment has them.
func LimitMemory(queue int, environ []string) {
	given := func(name string) bool {
		return slices.ContainsFunc(environ, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
	}
	if !given("GOGC") {
		debug.SetGCPercent(garbage)
	}
	if !given("GOMEMLIMIT") {
		debug.SetMemoryLimit(memoryLimit + int64(max(0, queue-DefaultQueue))*bytesPerQueued)
	}
}
