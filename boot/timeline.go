package boot

import (
	"sync"
	"time"
)

// timeline is when a boot reached what comes after its preparation. Each moment is noted once: what a refresh or a restart
// does later is no part of the boot.
type timeline struct {
	began time.Time

	mu                    sync.Mutex
	prepared, setUp, runs time.Time // zero: not reached yet
}

// reached notes that one of the moments of t is now.
func (t *timeline) reached(moment *time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if moment.IsZero() {
		*moment = time.Now()
	}
}

// took is how long the boot took until the agent ran; 0: it has not run yet.
func (t *timeline) took() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.runs.IsZero() {
		return 0
	}
	return t.runs.Sub(t.began)
}

// phases are the two of a boot after its preparation, once the agent runs.
func (t *timeline) phases() []Phase {
	t.mu.Lock()
	defer t.mu.Unlock()
	return []Phase{{"setup", t.setUp.Sub(t.prepared)}, {"start", t.runs.Sub(t.setUp)}}
}
