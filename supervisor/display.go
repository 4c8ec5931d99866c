package supervisor

import (
	"io"
	"os"
	"time"
)

// A Display is what the program shows on its terminal until the agent starts. Its
// methods are called by the loop and wait no longer than a moment, also where the
// terminal is blocked.
type Display interface {
	// Leave clears the terminal for good: the agent starts, or a stop begins.
	Leave()
	// Suspend clears it until resume is called: tsboot is about to stop itself.
	Suspend() (resume func())
	// Output takes what setup steps print.
	Output() io.Writer
}

// noDisplay is for a program that shows nothing.
type noDisplay struct{}

func (noDisplay) Leave()                   {}
func (noDisplay) Suspend() (resume func()) { return func() {} }
func (noDisplay) Output() io.Writer        { return os.Stderr }

// displayOf is the display of the options, or none.
func displayOf(opts Options) Display {
	if opts.Display != nil {
		return opts.Display
	}
	return noDisplay{}
}

// A StepNow is the step of a setup that is under way.
type StepNow struct {
	Word    string // "setup step" or "before-start step"
	Name    string
	Attempt int
	Began   time.Time     // of its first attempt
	Ends    time.Time     // of the attempt under way, at the latest; zero: none is
	Timeout time.Duration // of each attempt
	Next    time.Time     // when the next attempt is made; zero: one is under way
}
