package boot

import "fmt"

// A Kind is what a failure means to an orchestrator that may start tsboot again. The program has an exit code for each.
// The kinds of packages secrets and configgen are the same words.
type Kind string

// The kinds of failure, and what another start changes about each.
const (
	None          Kind = ""               // no failure; for a problem of check: a boot goes on
	Bug           Kind = "bug"            // tsboot itself is at fault
	Usage         Kind = "usage"          // a wrong flag, variable or profile file: a restart changes nothing
	Unavailable   Kind = "unavailable"    // parameters could not be read before the deadline, or no memory or process was left: worth a restart
	CannotWrite   Kind = "cannot-write"   // a file could not be written: a restart changes nothing
	CrashLoop     Kind = "crash-loop"     // the agent was started too often; where it has a code of its own, tsboot exits with that
	SetupFailed   Kind = "setup-failed"   // a setup command failed: worth a restart
	Denied        Kind = "denied"         // AWS refused (credentials, IAM, KMS): a restart changes nothing
	Invalid       Kind = "invalid"        // a parameter is missing, ambiguous or breaks its rule: a restart changes nothing
	CannotExecute Kind = "cannot-execute" // a command cannot be executed
	NotFound      Kind = "not-found"      // a command is not found
	Survivors     Kind = "survivors"      // processes survived SIGKILL at the end, although the agent's own code was 0
	Stopped       Kind = "stopped"        // a stop signal came before the agent ran: a *supervisor.StopError
)

// An Error is an error of this package, or one that came from the worker.
type Error struct {
	Kind   Kind
	Code   string  // of the catalogue; empty: the code of Err, else of Kind
	Faults []Fault // the parts of the text; none: it has one part
	Err    error   // the text, and the cause

	hangs bool // a worker, or work in this process, has not kept its deadline
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Usagef is an error of kind Usage.
func Usagef(format string, args ...any) error {
	return &Error{Kind: Usage, Err: fmt.Errorf(format, args...)}
}
