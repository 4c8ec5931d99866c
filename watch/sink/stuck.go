package sink

import (
	"fmt"
	"time"
)

// stuckAfter is when a device that has lines counts as failing, also if it gives no error: longer than a server may take for its answer.
const stuckAfter = 12 * time.Second

// Stuck says which output has had lines for longer than stuckAfter, and has neither taken them nor answered with an error; nil: none.
// An output that fails is not stuck: it is asked again, and what it costs is counted.
func (f *Fan) Stuck(now time.Time) error {
	for _, s := range f.sinks {
		if err := s.stuck(now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sink) stuck(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if waits := s.stuckFor(now); waits > 0 {
		return fmt.Errorf("output %s is stuck: it has taken no line for %s: look at its reader, its disk or its server", s.where, waits.Round(time.Second))
	}
	return nil
}

// stuckFor is how long the device has had its lines, where that is too long; else 0. It is called with the lock.
func (s *Sink) stuckFor(now time.Time) time.Duration {
	if waits := now.Sub(s.delivering); !s.delivering.IsZero() && waits > stuckAfter {
		return waits
	}
	return 0
}
