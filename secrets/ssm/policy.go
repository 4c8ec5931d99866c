package ssm

import "time"

// A Class says what a failure means for another try.
type Class int

// The classes, from hopeless to hopeful.
const (
	Final     Class = iota // the other side said no: it will say no again
	Stubborn               // hardly better next time: a few tries
	Stale                  // something we hold is out of date: once it is renewed, at once
	Throttled              // too many calls: the whole account shares the limit
	Trouble                // the network, a server: until the deadline
	Local                  // the same, of an endpoint on this host that nobody shares
)

// A Failure is all that the decision to try again depends on.
type Failure struct {
	Class Class
	// Count is how often in a row this call has failed in this class, this
	// time included.
	Count int
	// Congested is the time since the fetch was first throttled.
	Congested time.Duration
	// Hint is how long the server asked to wait; 0: it did not.
	Hint time.Duration
	// Left is the time to the deadline; negative: there is none.
	Left time.Duration
}

// A Policy decides whether and when a failed call is made again. It is data
// and pure functions only, so that a simulator in virtual time runs the very
// code that ships.
//
// Throttling is the hard case: a fleet that starts as one shares a bucket of 40
// calls a second. A host cannot see how many others wait, so it takes the time
// that the congestion has lasted as the measure of how long it will: the window
// it waits in is a share of that time. Five thousand hosts then thin out their
// tries as fast as a doubling would, but the last of them waits for a seventh
// of the whole and not for a power of two, and the bucket is never idle.
// The lower part of each window is left out: it would only bring a try that is
// early and in vain.
type Policy struct {
	// Trouble: windows double from Base to Max (LocalMax for Local).
	Base, Max, LocalMax time.Duration
	// Throttled: the window is ThrottleBase + ThrottleShare of the time since
	// the first throttling, at most ThrottleMax.
	ThrottleBase, ThrottleMax time.Duration
	ThrottleShare             float64
	// Floor is the part of a window that is always waited.
	Floor float64
	// HintMax is the longest wait that a server is believed to want.
	HintMax time.Duration
	// Tries and Renewals end Stubborn and Stale.
	Tries, Renewals int
	// Patience is how long one attempt may take at first; it doubles with
	// each attempt that took too long, to PatienceMax.
	Patience, PatienceMax time.Duration
}

// DefaultPolicy is the one that ships.
func DefaultPolicy() Policy {
	return Policy{
		Base: 200 * time.Millisecond, Max: 20 * time.Second, LocalMax: 2 * time.Second,
		ThrottleBase: 1500 * time.Millisecond, ThrottleMax: 20 * time.Second, ThrottleShare: 0.2,
		Floor:   0.5,
		HintMax: time.Minute,
		Tries:   4, Renewals: 2,
		Patience: 10 * time.Second, PatienceMax: time.Minute,
	}
}

// Next says whether to try again and how long to wait before. The random
// number is in [0, 1). Near the deadline the wait is cut so that a last try is
// still made.
func (p Policy) Next(f Failure, random float64) (wait time.Duration, again bool) {
	var window time.Duration
	switch f.Class {
	case Stubborn:
		if f.Count >= p.Tries {
			return 0, false
		}
		window = p.doubled(f.Count, p.LocalMax)
	case Stale:
		return 0, f.Count <= p.Renewals
	case Throttled:
		window = min(p.ThrottleBase+time.Duration(p.ThrottleShare*float64(f.Congested)), p.ThrottleMax)
	case Trouble:
		window = p.doubled(f.Count, p.Max)
	case Local:
		window = p.doubled(f.Count, p.LocalMax)
	default:
		return 0, false
	}
	wait = time.Duration(float64(window) * (p.Floor + (1-p.Floor)*random))
	if f.Hint > 0 { // spread over a window, for others were told the same
		hint := min(f.Hint, p.HintMax)
		wait = max(wait, hint+time.Duration(random*float64(min(window, hint))))
	}
	return p.cut(wait, f.Left, random)
}

// cut fits a wait into the time left: the last try comes at three quarters of
// it or later, and none comes in its last instant.
func (p Policy) cut(wait, left time.Duration, random float64) (time.Duration, bool) {
	if left < 0 || wait < left*9/10 {
		return wait, true
	}
	if left < p.Base {
		return 0, false
	}
	return time.Duration(float64(left) * (0.75 + 0.15*random)), true
}

// doubled is the window of the nth failure in a row.
func (p Policy) doubled(n int, most time.Duration) time.Duration {
	window := p.Base
	for i := 1; i < n && window < most; i++ {
		window *= 2
	}
	return min(window, most)
}

// AttemptTime is how long one attempt may take after so many in a row took too
// long. It never takes more than half of what is left, so that a connection
// that hangs is not the last one, unless little is left.
func (p Policy) AttemptTime(tooLong int, left time.Duration) time.Duration {
	patience := p.Patience
	for i := 0; i < tooLong && patience < p.PatienceMax; i++ {
		patience *= 2
	}
	patience = min(patience, p.PatienceMax)
	if left < 0 {
		return patience
	}
	return min(patience, max(left/2, min(left, p.Patience/5)))
}
