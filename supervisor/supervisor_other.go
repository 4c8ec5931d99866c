//go:build !linux

package supervisor

import (
	"context"
	"fmt"
)

// Supervisor keeps an agent, on Linux. Here New refuses, and there is none.
type Supervisor struct{}

// errSupervise is the answer of everything here.
var errSupervise = fmt.Errorf("supervise an agent: %w", ErrUnsupported)

// New refuses with an error that wraps ErrUnsupported.
func New(Options) (*Supervisor, error) { return nil, errSupervise }

// Actor is for a run group.
func (*Supervisor) Actor() (execute func() error, interrupt func(error)) {
	return func() error { return errSupervise }, func(error) {}
}

// Context ends with nothing.
func (*Supervisor) Context() context.Context { return context.Background() }

// Refreshes reports nothing.
func (*Supervisor) Refreshes() <-chan Signal { return nil }

// Refreshable refuses.
func (*Supervisor) Refreshable(context.Context) error { return errSupervise }

// Refresh refuses.
func (*Supervisor) Refresh(context.Context, Refresh) (TrialResult, error) {
	return TrialResult{}, errSupervise
}

// CheckHealth refuses.
func (*Supervisor) CheckHealth(context.Context) error { return errSupervise }

// Snapshot says nothing.
func (*Supervisor) Snapshot() Snapshot { return Snapshot{} }

// Step says nothing.
func (*Supervisor) Step() *StepNow { return nil }

// Changes reports nothing.
func (*Supervisor) Changes() <-chan struct{} { return nil }

// Supervise refuses.
func (*Supervisor) Supervise(context.Context, *Plan) (Status, error) { return Status{}, errSupervise }

// Output refuses.
func (*Supervisor) Output(context.Context, Command, HelperIO) (HelperResult, error) {
	return HelperResult{}, errSupervise
}
