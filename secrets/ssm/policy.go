package ssm

import "time"

// A Class says whether another try can help after a failure.
type Class int

// The classes of failures. The zero Class is Permanent.
const (
	Permanent Class = iota // refused, or impossible: another try gets the same answer
	Limited                // another try hardly helps: a few are made
	Expired                // credentials or clock are out of date: renewed, then tried at once
	Throttled              // too many calls: all callers of the account share the limit
	Transient              // the network or a server: tried until the deadline
	Local                  // the same of an endpoint on this host, which no other host asks
)

// A Failure is what the decision to try again depends on.
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

// A Policy decides whether a failed call is made again, and when. It is data and
// pure functions only: the simulator of a fleet runs the same code in virtual
// time.
//
// Throttling is the hard case: a fleet that starts at once shares a bucket of 40
// calls a second. A host cannot see how many others wait. It takes the time that
// the congestion has lasted as an estimate of how long it will last: the window
// of its wait is a share of that time. Five thousand hosts then spread their
// tries as fast as windows that double would, but the last of them waits for a
// seventh of the whole time and not for a power of two, and the bucket is never
// idle. No wait is in the lower part of a window: such a try would come early
// and fail.
//
// The zero Policy is not usable; DefaultPolicy is the one that ships.
type Policy struct {
	// Transient: windows double from Base to Max (LocalMax for Local).
	Base, Max, LocalMax time.Duration
	// Throttled: the window is ThrottleBase + ThrottleShare of the time since
	// the first throttling, at most ThrottleMax.
	ThrottleBase, ThrottleMax time.Duration
	ThrottleShare             float64
	// Floor is the part of a window that every wait has, 0 to 1.
	Floor float64
	// HintMax is the longest wait that a server can ask for.
	HintMax time.Duration
	// Tries is the limit of Limited, Renewals of Expired.
	Tries, Renewals int
	// AttemptMin is how long the first attempt may take. The time doubles after
	// each attempt that took too long, up to AttemptMax.
	AttemptMin, AttemptMax time.Duration
}

// DefaultPolicy is the one that ships.
func DefaultPolicy() Policy {
	return Policy{
		Base: 200 * time.Millisecond, Max: 20 * time.Second, LocalMax: 2 * time.Second,
		ThrottleBase: 1500 * time.Millisecond, ThrottleMax: 20 * time.Second, ThrottleShare: 0.2,
		Floor:   0.5,
		HintMax: time.Minute,
		Tries:   4, Renewals: 2,
		AttemptMin: 10 * time.Second, AttemptMax: time.Minute,
	}
}

// Next says whether to try again and how long to wait before. The random
// number is in [0, 1). Near the deadline the wait is cut so that a last try is
// still made.
func (p Policy) Next(f Failure, random float64) (wait time.Duration, again bool) {
	var window time.Duration
	switch f.Class {
	case Limited:
		if f.Count >= p.Tries {
			return 0, false
		}
		window = p.doubled(f.Count, p.LocalMax)
	case Expired:
		return 0, f.Count <= p.Renewals
	case Throttled:
		window = min(p.ThrottleBase+time.Duration(p.ThrottleShare*float64(f.Congested)), p.ThrottleMax)
	case Transient:
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
	bound := p.AttemptMin
	for i := 0; i < tooLong && bound < p.AttemptMax; i++ {
		bound *= 2
	}
	bound = min(bound, p.AttemptMax)
	if left < 0 {
		return bound
	}
	return min(bound, max(left/2, min(left, p.AttemptMin/5)))
}
