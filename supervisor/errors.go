package supervisor

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tsboot/tsboot/supervisor/process"
)

// SetupError says that a setup step failed at its last attempt. Tail holds the
// last lines the step printed, secrets masked. Err is set where the step could
// not be run at all.
type SetupError struct {
	Step     string
	Status   Status
	Tail     string
	TimedOut bool
	Err      error
}

func (e *SetupError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "run setup step %q: ", e.Step)
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

// IsShortage reports whether something could not be done for want of memory,
// processes or descriptors, which may be there the next time.
func IsShortage(err error) bool {
	var setup *SetupError
	if errors.As(err, &setup) && setup.Status.Reason == ReasonOOMKilled {
		return true
	}
	return process.LacksResources(err)
}
