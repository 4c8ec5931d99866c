package sink

import (
	"math/rand/v2"
	"time"
)

// maxBackoff is the longest wait before a device is asked again.
const maxBackoff = 10 * time.Second

// backoff is how long to wait after so many failures in a row: twice as long each time, and between half of that and all, so
// that many agents do not come back to a server at once.
func backoff(first time.Duration, failures int) time.Duration {
	wait := first
	for i := 1; i < failures && wait < maxBackoff; i++ {
		wait *= 2
	}
	wait = min(wait, maxBackoff)
	return wait/2 + rand.N(wait/2+1)
}
