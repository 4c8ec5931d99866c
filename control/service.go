package control

import "context"

// Service answers what the server is asked. Its methods are called at any time and from several goroutines, also before
// the agent runs and during a stop. The context ends when the one who asked has left.
type Service interface {
	Status() Status
	Health(ctx context.Context) HealthAnswer
	// Refresh looks for changed parameters now, and answers at the end of the probation.
	Refresh(ctx context.Context) RefreshAnswer
}

// HealthAnswer says whether the agent is healthy, and if not, why, in one line.
type HealthAnswer struct {
	Healthy bool   `json:"healthy"`
	Reason  string `json:"reason"`
}

// RefreshAnswer says what a refresh did.
type RefreshAnswer struct {
	Outcome Outcome  `json:"outcome"`
	Changed []string `json:"changed"` // what differs, one thing each: a parameter with its version, a file; never a value
	Kind    string   `json:"kind"`    // of the failure: a boot.Kind, which has an exit code; empty: none
	Text    string   `json:"text"`    // one line: what ended it, or why it was refused
}

// An Outcome is how a refresh ended.
type Outcome string

// The outcomes of a refresh.
const (
	Unchanged  Outcome = "unchanged"   // the agent runs on the newest parameters
	Kept       Outcome = "kept"        // the agent stayed up on the new ones
	RolledBack Outcome = "rolled-back" // it did not; it runs on the last good ones
	Refused    Outcome = "refused"     // nothing was done: tsboot stops, or this version was rolled back before
	Failed     Outcome = "failed"      // the parameters could not be read or put in place; the agent was not touched
	TimedOut   Outcome = "timed-out"   // the one who asked did not wait for the end
)
