//go:build linux

package supervisor

import (
	"math"
	"time"
)

// backoff computes how long to wait before a restart. failures is the number
// of runs in a row that were shorter than reset, the one just ended included;
// random in [0,1) spreads the delay by ±10 %.
func backoff(initial, limit time.Duration, failures int, random float64) time.Duration {
	if initial <= 0 {
		return 0
	}
	if limit < initial {
		limit = initial
	}
	delay := initial
	for i := 1; i < failures && delay < limit; i++ {
		delay *= 2
	}
	if delay > limit || delay <= 0 { // it may have overflowed
		delay = limit
	}
	spread := float64(delay) * (0.9 + 0.2*random)
	if spread >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(spread)
}

// countFailure updates the number of short runs in a row after one of length ran.
func countFailure(failures int, ran, reset time.Duration) int {
	if reset > 0 && ran >= reset {
		return 1
	}
	return failures + 1
}

// startLimit keeps the times of the starts that still count.
type startLimit struct {
	burst    int
	interval time.Duration
	starts   []time.Time
}

// allows reports whether a start at a moment is within the limit.
func (l *startLimit) allows(at time.Time) bool {
	if l.burst <= 0 {
		return true
	}
	n := 0
	for _, t := range l.starts {
		if at.Sub(t) < l.interval {
			n++
		}
	}
	return n < l.burst
}

// note counts a start. No more of them are kept than decide anything.
func (l *startLimit) note(at time.Time) {
	if l.burst <= 0 {
		l.starts = nil
		return
	}
	l.starts = append(l.starts, at)
	if n := len(l.starts) - l.burst; n > 0 {
		l.starts = append(l.starts[:0], l.starts[n:]...)
	}
}

// wantsRestart is the restart policy. asked means that the death was by a
// signal that came through tsboot: then nothing failed.
func wantsRestart(policy RestartPolicy, status Status, asked bool) bool {
	switch policy {
	case RestartAlways:
		return true
	case RestartOnFailure:
		return status.ExitCode() != 0 && !asked
	default:
		return false
	}
}
