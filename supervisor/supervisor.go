//go:build linux

package supervisor

import (
	"context"
	"errors"
	"os"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// Supervisor is PID 1's work, or that of any process that keeps an agent. A
// program has at most one.
type Supervisor struct {
	log hclog.Logger

	signals      chan os.Signal // all but SIGCHLD
	chld         chan os.Signal
	calls        chan func() // requests, run by the loop
	ended        chan struct{}
	caught       <-chan struct{} // closed when all signals are caught
	threads      <-chan struct{} // closed when all threads are made
	mainReturned <-chan struct{} // closed when the program ends in spite of the loop

	ctx    context.Context
	cancel context.CancelCauseFunc

	snapshot snapshotBox
	step     atomic.Pointer[StepNow] // nil: no step is under way
	refresh  chan Signal

	state // owned by the loop
}

// signalBacklog is how many signals may wait while a process is being started.
// Notify drops what does not fit; the kernel keeps one of each number below 32.
const signalBacklog = 512

var errNoMainThread = errors.New("supervise: no main thread was given")

// New takes over the process at once: from here on every signal is held for the
// loop, orphans are adopted, and inherited descriptors are kept for the agent.
// Call it before anything slow.
func New(opts Options) (*Supervisor, error) {
	if opts.MainThread == nil {
		return nil, errNoMainThread
	}
	parent := os.Getppid()
	s := &Supervisor{
		log:          opts.Logger,
		signals:      make(chan os.Signal, signalBacklog),
		chld:         make(chan os.Signal, 1),
		calls:        make(chan func()),
		ended:        make(chan struct{}),
		refresh:      make(chan Signal, 1),
		snapshot:     snapshotBox{changes: make(chan struct{}, 1)},
		mainReturned: opts.MainThread.Left(),
	}
	if s.log == nil {
		s.log = hclog.NewNullLogger()
	}
	s.caught = process.CatchSignals(s.signals, s.chld)
	s.threads = process.MakeThreads()
	inherited := process.AdoptInherited()
	if err := process.AdoptOrphans(); err != nil {
		return nil, err
	}
	cwd, err := os.Getwd()
	if err != nil {
		cwd = "" // removed or not readable: relative paths then fail by themselves
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	sys := newSystem()
	sys.background = s.inBackground
	s.state = newState(opts, sys, inherited, cwd)
	s.publish()
	return s, s.launch(opts, parent)
}

// launch starts the loop.
func (s *Supervisor) launch(opts Options, parent int) error {
	ready := make(chan error)
	opts.MainThread.Do(func() {
		process.HoldSignals()
		late, err := process.WatchParent(opts.ParentDeathSignal, parent)
		if late != 0 {
			s.signals <- unix.Signal(late)
		}
		ready <- err
		if err == nil {
			s.run()
		}
	})
	return <-ready
}

// Actor returns the loop for a run group. execute returns once interrupt was
// called and nothing is left below tsboot; interrupt does not block.
func (s *Supervisor) Actor() (execute func() error, interrupt func(error)) {
	execute = func() error {
		<-s.ended
		return nil
	}
	interrupt = func(error) { go s.call(s.onInterrupt) }
	return execute, interrupt
}

// Context is cancelled, with a *StopError as its cause, when a stop signal
// came. Everything slow before the agent runs should hang on it.
func (s *Supervisor) Context() context.Context { return s.ctx }

// Refreshes reports the profile's refresh signal; requests that were not
// taken yet are one.
func (s *Supervisor) Refreshes() <-chan Signal { return s.refresh }

// inBackground is system.background. Nobody waits for work that never ends.
func (s *Supervisor) inBackground(work func() error, done func(error)) {
	go func() {
		err := work()
		s.call(func() { done(err) })
	}()
}

// call has the loop run f and waits until it has; it reports whether the loop
// still runs.
func (s *Supervisor) call(f func()) bool {
	ran := make(chan struct{})
	select {
	case s.calls <- func() { defer close(ran); f() }:
		<-ran
		return true
	case <-s.ended:
		return false
	}
}
