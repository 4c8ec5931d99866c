package pipeline

import (
	"math"
	"testing"
	"time"
)

// TestLossRatio: only the last 60 seconds count.
func TestLossRatio(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	type step struct {
		at         time.Duration
		came, lost uint64
		want       float64 // after it
	}
	for name, steps := range map[string][]step{
		"nothing":          {{0, 0, 0, 0}, {time.Hour, 0, 0, 0}},
		"no loss":          {{0, 100, 0, 0}},
		"all":              {{0, 0, 5, 1}},
		"a quarter":        {{0, 3, 1, 0.25}, {time.Second, 3, 1, 0.25}},
		"in the minute":    {{0, 0, 10, 1}, {59 * time.Second, 10, 0, 0.5}},
		"out of it":        {{0, 0, 10, 1}, {60 * time.Second, 10, 0, 0}},
		"a slot again":     {{0, 0, 10, 1}, {120 * time.Second, 9, 1, 0.1}},
		"after a long gap": {{0, 5, 5, 0.5}, {24 * time.Hour, 0, 0, 0}, {24*time.Hour + time.Second, 1, 1, 0.5}},
		"a slow decay":     {{0, 0, 1, 1}, {30 * time.Second, 0, 1, 1}, {61 * time.Second, 3, 0, 0.25}, {91 * time.Second, 0, 0, 0}},
	} {
		var now time.Time
		counters := NewCounters()
		counters.now = func() time.Time { return now }
		for i, s := range steps {
			now = start.Add(s.at)
			counters.minute.add(now, s.came, 0)
			counters.lose(lostInQueue, s.lost)
			if got := counters.Counts().LossRatio; math.Abs(got-s.want) > 1e-9 {
				t.Errorf("%s, step %d: %g, want %g", name, i, got, s.want)
			}
		}
	}
}
