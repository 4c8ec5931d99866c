package supervisor

import "time"

// RefreshAction is what a changed configuration asks for.
type RefreshAction string

// The refresh actions.
const (
	RefreshRestart         RefreshAction = "restart"
	RefreshSetupAndRestart RefreshAction = "setup-and-restart"
	RefreshSignal          RefreshAction = "signal"
)

// Refresh is a wanted change of the running agent: the way to a new generation of it.
type Refresh struct {
	Action RefreshAction
	Signal Signal // of RefreshSignal
	Plan   *Plan  // takes the place of the current one at the next start; nil: unchanged

	// Probation is how long the agent must stay up and well on what is new; 0: it is
	// kept as soon as it runs.
	Probation time.Duration

	// Since is when the new files began to be made. An agent that has started since may
	// have read them: it starts again where they are taken back, whatever else is not
	// touched. Zero: there are none.
	Since time.Time

	// Restore puts the files of the last good generation back. It is called at most
	// once, when the new generation is given up, beside the loop: before the agent is
	// started on its previous plan, or is sent the signal again. nil: nothing to put back.
	Restore func() error `json:"-"`
}

// TrialEnd is how the trial of a new generation ended.
type TrialEnd string

// The ends of a trial. With all but the first and the last the files and the plan
// of the last good generation are back.
const (
	TrialKept        TrialEnd = "kept"
	TrialDied        TrialEnd = "died"         // the agent ended within the probation
	TrialUnhealthy   TrialEnd = "unhealthy"    // its health command failed within the probation
	TrialSetupFailed TrialEnd = "setup failed" // the new setup, or a step before the start
	TrialNotStarted  TrialEnd = "not started"  // the new command cannot be executed
	TrialStopped     TrialEnd = "stopped"      // tsboot stops: the new files stay
)

// TrialResult is the answer to a Refresh that was taken.
type TrialResult struct {
	End        TrialEnd
	Err        error // what ended it: a *SetupError, an *ExecError, or how the agent ended; nil when it was kept or stopped
	RestoreErr error // of Refresh.Restore
}
