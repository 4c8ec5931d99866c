package supervisor

import "time"

// Snapshot is what the supervisor does at one moment. It may be read from any
// goroutine; nobody may change what it points to.
type Snapshot struct {
	Phase     string // fetching, setup, running, backoff, stopping
	Since     time.Time
	AgentPID  int   // 0 while there is none
	AgentPIDs []int // all processes that are the agent; AgentPID is the first
	StartedAt time.Time
	Restarts  int
	LastExit  *Status // nil before the first end
	LastEnd   time.Time
	NextStart time.Time // of an agent in its backoff, else zero
	Orphans   int       // reaped so far

	HealthFailures int       // checks that failed in a row, and count
	Trial          bool      // a refresh is under way: it may still be rolled back
	ProbationUntil time.Time // of the trial; zero while the agent does not run on what is new
}
