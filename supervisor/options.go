package supervisor

import (
	"time"

	"github.com/hashicorp/go-hclog"
)

// Options are what a Supervisor must know before there is a Plan.
type Options struct {
	// Logger must never block: the loop logs by itself, and a supervisor stuck in a
	// log line forwards no signal. nil: no log.
	Logger hclog.Logger `json:"-"`

	StopOn        []Signal          // nil: SIGTERM and SIGINT
	SignalRewrite map[Signal]Signal // to 0 drops; nil: none
	Grace         time.Duration     // of a stop before the agent runs; 0 kills at once

	// ForwardSIGURG is for a binary that is linked with
	// -X=runtime.godebugDefault=asyncpreemptoff=1. In any other, SIGURG is how
	// the Go runtime interrupts its own threads, and must not reach the agent.
	ForwardSIGURG bool

	// MainThread is where the loop runs; see Main. It must be given.
	MainThread *MainThread `json:"-"`

	// SetupDone is called, by the loop, when all setup steps of a plan have
	// ended well, before the agent starts, and when a refresh that runs none is
	// under way. It must be brief. nil: nothing is called.
	SetupDone func() `json:"-"`

	// FirstRun is called, by the loop, when the agent runs for the first time. It
	// must be brief. nil: nothing is called.
	FirstRun func() `json:"-"`

	// Display is what the program shows on the terminal until the agent starts;
	// nil: nothing.
	Display Display `json:"-"`

	// ParentDeathSignal is what the kernel sends tsboot when its parent dies; 0:
	// nothing. New fails where the kernel refuses it.
	ParentDeathSignal Signal
}
