package supervisor

import "time"

// Plan is all that Supervise does, as plain data that survives encoding/gob, because a
// short-lived child of tsboot makes it and sends it over a pipe.
type Plan struct {
	Setup []Step `json:"setup,omitempty"`

	// BeforeStart runs before each start of the agent, after Setup. When a step of it
	// fails, the agent is not started, and the restart policy decides.
	BeforeStart []Step `json:"before_start,omitempty"`

	Agent  Agent   `json:"agent"`
	Health *Health `json:"health,omitempty"`

	// Refreshed says that a refresh may come, though the agent has no RefreshSignal.
	Refreshed bool `json:"refreshed,omitempty"`

	// Redact is masked in the output of setup steps, exactly as it stands here. Even
	// without a step it says that the plan holds secrets. It is dropped before the
	// agent starts, unless a step of BeforeStart takes a secret.
	Redact []string `json:"redact,omitempty"`
}

// Step is a command that must end well before the next one starts.
type Step struct {
	Name string `json:"name"`
	Command
	Timeout time.Duration `json:"timeout,omitempty"`  // of each attempt; 0: DefaultStepTimeout
	Retries int           `json:"retries,omitempty"`  // attempts after the first
	OKCodes []int         `json:"ok_codes,omitempty"` // the exit codes that are success; nil: 0 alone
	Secret  bool          `json:"secret,omitempty"`   // it takes a secret: it is dropped after its run, and not run again after a rollback
	Stdin   []byte        `json:"stdin,omitempty"`    // all that its standard input holds, at each attempt; it need not be read
	Skip    bool          `json:"skip,omitempty"`     // of Setup: it need not run now; a rollback runs it
	Creates string        `json:"creates,omitempty"`  // of BeforeStart: the step is skipped while this exists
}

// DefaultStepTimeout limits an attempt of a step that says nothing.
const DefaultStepTimeout = 60 * time.Second

// RestartPolicy says after which ends the agent is started again.
type RestartPolicy string

// The restart policies.
const (
	RestartNo        RestartPolicy = "no"
	RestartOnFailure RestartPolicy = "on-failure"
	RestartAlways    RestartPolicy = "always"
)

// SignalScope says to whom signals for the agent go.
type SignalScope string

// The signal scopes.
const (
	ScopeGroup   SignalScope = "group"
	ScopeProcess SignalScope = "process"
)

// Agent is the long-running command and how it is kept.
type Agent struct {
	Command
	Restart        RestartPolicy `json:"restart,omitempty"`         // empty: no
	BackoffInitial time.Duration `json:"backoff_initial,omitempty"` // 0: restart at once
	BackoffMax     time.Duration `json:"backoff_max,omitempty"`     // less than BackoffInitial: BackoffInitial
	BackoffReset   time.Duration `json:"backoff_reset,omitempty"`   // a run so long starts over; 0: none does

	StartLimitBurst    int           `json:"start_limit_burst,omitempty"`    // 0: no limit
	StartLimitInterval time.Duration `json:"start_limit_interval,omitempty"` // in which StartLimitBurst starts are allowed

	StopOn        []Signal          `json:"stop_on,omitempty"`        // nil: those of Options
	StopSignal    Signal            `json:"stop_signal,omitempty"`    // 0: the one that came
	Stop          *Command          `json:"stop,omitempty"`           // ends the agent in place of the signal, which follows where it fails
	Grace         time.Duration     `json:"grace"`                    // 0: kill at once
	SignalRewrite map[Signal]Signal `json:"signal_rewrite,omitempty"` // to 0 drops; nil: that of Options
	SignalScope   SignalScope       `json:"signal_scope,omitempty"`   // empty: group
	ExitRemap     map[int]int       `json:"exit_remap,omitempty"`     // exit codes of the agent, as a shell reports them
	RefreshSignal Signal            `json:"refresh_signal,omitempty"` // not forwarded: reported on Refreshes
	Follow        *Follow           `json:"follow,omitempty"`
}

// Follow names the process that is the agent once the start command has forked
// it and ended with code 0. An agent may be several daemons: signals reach all of
// them, and none is left when one ends whose end counts.
type Follow struct {
	PIDFile   string        `json:"pid_file,omitempty"`
	LastChild bool          `json:"last_child,omitempty"`
	Others    []string      `json:"others,omitempty"`  // the pid files of further daemons
	AnyEnd    bool          `json:"any_end,omitempty"` // the end of any counts; otherwise only that of the one of PIDFile
	Timeout   time.Duration `json:"timeout,omitempty"` // 0: DefaultFollowTimeout
}

// DefaultFollowTimeout limits the wait for a daemon to name itself.
const DefaultFollowTimeout = 30 * time.Second

// Health is a command that says whether the running agent is well. Without an
// interval only CheckHealth and the end of a probation run it; with one, so many
// failures in a row restart the agent.
type Health struct {
	Command
	Timeout  time.Duration `json:"timeout,omitempty"` // 0: 5 s
	Interval time.Duration `json:"interval,omitempty"`
	Failures int           `json:"failures,omitempty"` // 0: 3

	// StartPeriod, from each start of the agent, is one in which failures do not count.
	StartPeriod time.Duration `json:"start_period,omitempty"`
}

// HelperResult is what a helper printed and how it ended.
type HelperResult struct {
	Stdout []byte
	Errors []byte // the last of what it wrote to standard error; nothing where that was tsboot's own
	Status Status
}
