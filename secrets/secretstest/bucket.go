package secretstest

import "time"

// A Bucket is a token bucket whose clock the caller holds, so that it serves
// real time and a simulator's virtual time alike. It is not safe for
// concurrent use.
type Bucket struct {
	rate   float64
	burst  float64
	tokens float64
	last   time.Time
}

// NewBucket returns a full bucket of burst tokens (at least one) that gains
// perSecond tokens a second.
func NewBucket(perSecond float64, burst int) *Bucket {
	b := &Bucket{rate: perSecond, burst: float64(max(burst, 1))}
	b.tokens = b.burst
	return b
}

// Take takes a token at the given time, which must not run backwards, and says
// whether there was one.
func (b *Bucket) Take(now time.Time) bool {
	if !b.last.IsZero() {
		b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.last).Seconds())
	}
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
