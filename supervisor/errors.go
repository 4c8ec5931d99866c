package supervisor

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tsboot/tsboot/supervisor/process"
)

// SetupError says that a setup step, or one before a start, failed at its last
// attempt. Tail holds the last lines the step printed, secrets masked. Err is set
// where the step could not be run at all.
type SetupError struct {
	Step        string
	BeforeStart bool
	Status      Status
	Tail        string
	TimedOut    bool
	Err         error
}

func (e *SetupError) Error() string {
	var b strings.Builder
	kind := "setup"
	if e.BeforeStart {
		kind = "before-start"
	}
	fmt.Fprintf(&b, "run %s step %q: ", kind, e.Step)
	switch {
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	case e.TimedOut:
		fmt.Fprintf(&b, "still running after its timeout of %s, killed", e.Status.RanFor.Round(time.Millisecond))
	case e.Status.Reason == ReasonOOMKilled:
		b.WriteString("killed by the kernel for want of memory: raise the container's memory limit")
	case e.Status.Signal != 0:
		fmt.Fprintf(&b, "killed by %s", e.Status.Signal)
	default:
		fmt.Fprintf(&b, "exit code %d", e.Status.Code)
	}
	if e.Tail != "" {
		fmt.Fprintf(&b, "; its last output: %q", e.Tail)
	}
	return b.String()
}

func (e *SetupError) Unwrap() error { return e.Err }

// SurvivorsError says that processes below tsboot survived SIGKILL at the end,
// although the agent's own code was 0.
type SurvivorsError struct{}

func (*SurvivorsError) Error() string {
	return "stop everything: processes below tsboot survive SIGKILL; they are named in the log"
}

// GaveUpError says that the agent was started too often within its start limit.
type GaveUpError struct{ Status Status }

func (e *GaveUpError) Error() string {
	return fmt.Sprintf("give up on the agent: it was started too often, last exit code %d", e.Status.ExitCode())
}

// HealthError says why the agent's health command says that it is not well. What
// the command printed is not in it: it may be a secret.
type HealthError struct {
	Status   Status
	TimedOut time.Duration // it was killed after so long; 0: it ended
	Err      error         // it could not be run
}

func (e *HealthError) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("run the agent's health command: %v", e.Err)
	case e.TimedOut > 0:
		return fmt.Sprintf("the agent's health command was still running after its timeout of %s, and was killed", e.TimedOut)
	case e.Status.Signal != 0:
		return fmt.Sprintf("the agent's health command was killed by %s", e.Status.Signal)
	}
	return fmt.Sprintf("the agent's health command failed with exit code %d", e.Status.Code)
}

func (e *HealthError) Unwrap() error { return e.Err }

// keys are those of the log.
func (e *HealthError) keys() []any {
	switch {
	case e.Err != nil:
		return []any{"error", e.Err}
	case e.TimedOut > 0:
		return []any{"reason", "timed out"}
	case e.Status.Signal != 0:
		return []any{"reason", string(e.Status.Reason), "exit_code", e.Status.ExitCode(), "signal", e.Status.Signal.String()}
	}
	return []any{"reason", string(e.Status.Reason), "exit_code", e.Status.Code}
}

// IsShortage reports whether something could not be done for want of memory,
// processes or descriptors, which may be there the next time.
func IsShortage(err error) bool {
	var setup *SetupError
	if errors.As(err, &setup) && setup.Status.Reason == ReasonOOMKilled {
		return true
	}
	return process.LacksResources(err)
}
