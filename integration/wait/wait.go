// Package wait is how tests wait for something that nothing reports to them: they look again until it holds or a
// deadline is over.
package wait

import (
	"context"
	"time"
)

// interval is the time between two looks at a condition.
const interval = 3 * time.Millisecond

// Context reports whether the condition holds before ctx ends. It looks at once, then at every interval, and once more
// when ctx has ended.
func Context(ctx context.Context, condition func() bool) bool {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return condition()
		}
	}
	return true
}

// Until reports whether the condition holds within the limit.
func Until(limit time.Duration, condition func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return Context(ctx, condition)
}

// A Test is what For needs of a testing.TB or of a testscript.
type Test interface {
	Fatalf(format string, args ...any)
}

// For ends the test when the condition does not hold within the limit. The text says what was waited for.
func For(t Test, limit time.Duration, what string, condition func() bool) {
	if marker, ok := t.(interface{ Helper() }); ok {
		marker.Helper()
	}
	if !Until(limit, condition) {
		t.Fatalf("after %v still not: %s", limit, what)
	}
}
