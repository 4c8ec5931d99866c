//go:build linux

package supervisor

import (
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// system is what is outside the state machine. A test has one of its own.
type system struct {
	kernel  kernel
	now     func() time.Time
	random  func() float64 // in [0,1)
	self    int            // tsboot's pid
	session int            // and its session

	openTerminal func() process.Terminal
	openStdio    func(process.Stdio) (*process.Streams, error)
	lookAt       func(file string) fileState
	exists       func(file string) bool

	// background does work that may take long, or for ever, beside the loop, and has
	// the loop call done.
	background func(work func() error, done func(error))
}

func newSystem() system {
	session, err := unix.Getsid(0)
	if err != nil {
		session = -1 // that of no process
	}
	return system{
		kernel: host{},
		now:    time.Now, random: rand.Float64,
		self: os.Getpid(), session: session,
		openTerminal: process.OpenTerminal, openStdio: process.Stdio.Open, lookAt: lookAt, exists: exists,
	}
}

// kernel is what the state machine asks of the system about processes. The real
// one is host; the simulation (sim_test.go) has a model.
type kernel interface {
	Start(process.Spec) (pid int, err error)
	Examine(Command) (path string, err error)

	// Of tsboot's own children.
	Children() []int
	PeekAny() (pid int, err error)
	PeekStatus(pid int) (unix.WaitStatus, bool)
	Reap(pid int) (unix.WaitStatus, bool)
	SignalChild(pid int, sig Signal) error
	SignalGroup(group, child int, sig Signal) error

	// Of all below tsboot.
	Descendants(skip func(pid int) bool) []int
	Identify(pid int) (process.Stat, bool)
	DescribeAll(pids []int) []string
	SignalBelow(pid int, sig Signal) bool
	KillAll() // for process 1 only: SIGKILL to all that its namespace holds

	Suspend() // stops tsboot itself
	ReadOOM() process.OOMCounter
}
