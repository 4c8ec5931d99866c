package sink

import (
	"fmt"
	"time"
)

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
	if s.delivering.IsZero() {
		return nil
	}
	if waits := now.Sub(s.delivering); waits > stuckAfter {
		return fmt.Errorf("output %s is stuck: it has taken no line for %s", s.where, waits.Round(time.Second))
	}
	return nil
}
