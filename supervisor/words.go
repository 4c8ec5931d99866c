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

// Main is process.Main.
func Main(room int, f func(*MainThread) int) int { return process.Main(room, f) }

// Interruptible is process.Interruptible.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	return process.Interruptible(parent)
}

// ParseSignal is process.ParseSignal.
func ParseSignal(s string) (Signal, error) { return process.ParseSignal(s) }

// LookupIdentity is process.LookupIdentity.
func LookupIdentity(spec string) (*Identity, error) { return process.LookupIdentity(spec) }

// CheckIdentity is process.CheckIdentity.
func CheckIdentity(id *Identity, use IdentityUse) error { return process.CheckIdentity(id, use) }

// CheckSize is process.CheckSize.
func CheckSize(cmd Command) error { return process.CheckSize(cmd) }

// Examine is process.Examine.
func Examine(cmd Command) (path string, err error) { return process.Examine(cmd) }

// Replace is process.Replace.
func Replace(cmd Command) error { return process.Replace(cmd) }

// OwnProgram is process.OwnProgram.
func OwnProgram() string { return process.OwnProgram() }

// HideMemory is process.HideMemory.
func HideMemory() { process.HideMemory() }

// OutliveBrokenPipes is process.OutliveBrokenPipes.
func OutliveBrokenPipes() { process.OutliveBrokenPipes() }

// IsBrokenPipe is process.IsBrokenPipe.
func IsBrokenPipe(err error) bool { return process.IsBrokenPipe(err) }

// ErrUnsupported is process.ErrUnsupported.
var ErrUnsupported = process.ErrUnsupported
