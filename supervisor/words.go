package supervisor

import (
	"context"

	"github.com/tsboot/tsboot/supervisor/process"
)

// The words of package process that a Plan, an answer or a caller of this
// package uses.
type (
	Signal        = process.Signal
	Command       = process.Command
	Identity      = process.Identity
	IdentityUse   = process.IdentityUse
	IdentityError = process.IdentityError
	Status        = process.Status
	Reason        = process.Reason
	ExecError     = process.ExecError
	SizeError     = process.SizeError
	Sized         = process.Sized
	StopError     = process.StopError
	MainThread    = process.MainThread
)

// The reasons of package process.
const (
	ReasonExited           = process.ReasonExited
	ReasonSignalled        = process.ReasonSignalled
	ReasonOOMKilled        = process.ReasonOOMKilled
	ReasonKilledAfterGrace = process.ReasonKilledAfterGrace
	ReasonUnhealthy        = process.ReasonUnhealthy
)

// What Main takes.
const (
	RoomToStay = process.RoomToStay
	RoomToWork = process.RoomToWork
)

// Main runs a program and keeps its main thread for the loop. See process.Main.
func Main(room int, f func(*MainThread) int) int { return process.Main(room, f) }

// Interruptible makes a context that ends at a stop signal, for commands that
// keep no agent. See process.Interruptible.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	return process.Interruptible(parent)
}

// Suspendable is for commands that keep no agent and show something on the
// terminal. See process.Suspendable.
func Suspendable(clear func() (resume func())) (stop func()) { return process.Suspendable(clear) }

// ParseSignal reads the name or number of a signal. See process.ParseSignal.
func ParseSignal(s string) (Signal, error) { return process.ParseSignal(s) }

// SignalNames are the signals that have a name of their own. See process.SignalNames.
func SignalNames() []string { return process.SignalNames() }

// LookupIdentity resolves USER[:GROUP]. See process.LookupIdentity.
func LookupIdentity(spec string) (*Identity, error) { return process.LookupIdentity(spec) }

// CheckIdentity says which capabilities tsboot lacks for a user, as an
// *IdentityError. See process.CheckIdentity.
func CheckIdentity(id *Identity, use IdentityUse) error { return process.CheckIdentity(id, use) }

// CheckSize says, as an *ExecError, that a command is larger than the kernel
// takes. See process.CheckSize.
func CheckSize(cmd Command) error { return process.CheckSize(cmd) }

// Examine says which file a command would execute, or why it could not, as an
// *ExecError. See process.Examine.
func Examine(cmd Command) (path string, err error) { return process.Examine(cmd) }

// Replace becomes the command, and returns only if that failed. See
// process.Replace.
func Replace(cmd Command) error { return process.Replace(cmd) }

// OwnProgram is a path by which this program can be started again. See
// process.OwnProgram.
func OwnProgram() string { return process.OwnProgram() }

// HideMemory keeps memory and environment from other processes of the same user.
// See process.HideMemory.
func HideMemory() { process.HideMemory() }

// OutliveBrokenPipes keeps a write to a closed pipe from ending the process. See
// process.OutliveBrokenPipes.
func OutliveBrokenPipes() { process.OutliveBrokenPipes() }

// IsBrokenPipe reports whether a write failed because the reader is gone.
func IsBrokenPipe(err error) bool { return process.IsBrokenPipe(err) }

// Preempts reports whether GODEBUG asks for asynchronous preemption. See
// process.Preempts.
func Preempts(environ []string) bool { return process.Preempts(environ) }

// ErrUnsupported is what everything that needs Linux answers elsewhere. See
// process.ErrUnsupported.
var ErrUnsupported = process.ErrUnsupported
