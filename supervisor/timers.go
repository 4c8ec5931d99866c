//go:build linux

package supervisor

import "time"

// timerKind names what a timer is for; there is at most one of each.
type timerKind int

const (
	timerStepTimeout   timerKind = iota // the setup step has run too long
	timerStepRetry                      // the setup step may be tried again
	timerStepGroup                      // look again whether the step's group is empty
	timerBackoff                        // the agent may be started again
	timerKill                           // the grace is over: SIGKILL
	timerKillHelpers                    // helpers have not stopped by themselves
	timerRekill                         // look again for what SIGKILL must reach
	timerAbandon                        // some process does not even die of SIGKILL
	timerHealth                         // the next health check is due
	timerHealthTimeout                  // the health check has run too long
	timerFollow                         // look for the daemon's pid again
	timerFollowTimeout                  // the daemon has not named itself in time
	timerProbation                      // the agent has stayed up on a new generation
	timerRestore                        // the previous files are not back in time
	timerKinds
)

// timerSet is the loop's few deadlines. Nothing ticks: while none is set, and
// while the agent simply runs none is, the loop sleeps until something happens.
type timerSet struct {
	due [timerKinds]time.Time
}

func (t *timerSet) set(kind timerKind, at time.Time) { t.due[kind] = at }
func (t *timerSet) clear(kind timerKind)             { t.due[kind] = time.Time{} }
func (t *timerSet) active(kind timerKind) bool       { return !t.due[kind].IsZero() }

// next returns the earliest deadline.
func (t *timerSet) next() (at time.Time, ok bool) {
	for _, due := range t.due {
		if !due.IsZero() && (!ok || due.Before(at)) {
			at, ok = due, true
		}
	}
	return at, ok
}

// expire clears and returns one timer that is due at now.
func (t *timerSet) expire(now time.Time) (timerKind, bool) {
	for kind, due := range t.due {
		if !due.IsZero() && !due.After(now) {
			t.due[kind] = time.Time{}
			return timerKind(kind), true
		}
	}
	return 0, false
}
