//go:build linux

package supervisor

import (
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// MainThread is the process's main thread, lent to a Supervisor.
//
// The kernel offers a signal that is sent to a process to its main thread
// first. A loop that waits there for signals by name (rt_sigtimedwait) gets them
// with one wake-up, as a small C init does; by way of the runtime's handler and
// os/signal they pass two more threads. It also learns who sent the signal,
// which os/signal does not tell.
type MainThread struct {
	work chan func()
	left chan struct{} // closed when the program's own function has returned
}

// Main runs f in a goroutine and returns its result; the calling goroutine,
// which must be that of main.main, works for the Supervisor that f makes with
// Options.MainThread. f gets nil where the main thread cannot be had.
func Main(f func(*MainThread) int) int {
	runtime.LockOSThread()
	var m *MainThread
	if unix.Gettid() == unix.Getpid() {
		m = &MainThread{work: make(chan func()), left: make(chan struct{})}
	}
	code := make(chan int, 1)
	go func() {
		code <- f(m)
		if m != nil {
			close(m.left)
		}
	}()
	if m == nil {
		return <-code
	}
	for {
		select {
		case work := <-m.work:
			work()
		case c := <-code:
			return c
		}
	}
}

// takeMain starts the loop on the main thread, which from then on gets all
// signals.
func (s *Supervisor) takeMain(m *MainThread, start func() error) error {
	ready := make(chan error)
	m.work <- func() {
		mask := waitMask()
		_ = unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
		s.inbox = &inbox{pid: os.Getpid(), thread: unix.Gettid()}
		requeueSignals(s.inbox.thread, s.rules.forwardURG)
		err := start()
		ready <- err
		if err == nil {
			s.runOnMain()
		}
	}
	err := <-ready
	if err == nil {
		go s.pump(m.left)
	}
	return err
}

// runOnMain is the loop on the main thread. It sleeps in rt_sigtimedwait; what
// else there is to do is put into its inbox.
func (s *Supervisor) runOnMain() {
	defer close(s.ended)
	for !s.over() {
		for f := s.inbox.take(); f != nil && !s.over(); f = s.inbox.take() {
			f()
		}
		s.onStash(takeStash())
		s.onTimers()
		if s.over() {
			break
		}
		at, bounded := s.timers.next()
		if s.inbox.again || requeueStash != 0 {
			at, bounded = time.Time{}, true // do not sleep, only see what has come
		}
		s.onArrival(waitSignal(at, bounded, &s.quick))
		if s.inbox.again {
			s.inbox.again = false
			s.onChildren()
		}
	}
	for f := s.inbox.close(); f != nil; f = s.inbox.take() {
		f()
	}
	s.shutDown()
}

func (s *Supervisor) onArrival(a arrival, ok bool) {
	switch sig := Signal(a.signo); {
	case !ok:
	case a.sent:
		s.signalFailed(Signal(s.quick.send[sig]), s.quick.errno)
	case sig == Signal(unix.SIGCHLD):
		s.onChildren()
	case !a.ours():
		s.onSignal(sig, true)
	case sig != Signal(unix.SIGURG) && sig != Signal(unix.SIGPIPE):
		s.onSignal(sig, false)
	}
}

// onStash handles the signals that came during a fork.
func (s *Supervisor) onStash(stash kernelSigset) {
	for sig := Signal(1); stash != 0; sig, stash = sig+1, stash>>1 {
		if stash&1 == 0 {
			continue
		}
		if sig == Signal(unix.SIGCHLD) {
			s.lookAgain()
			continue
		}
		s.onSignal(sig, true)
	}
}

// pump brings what comes by channels: signals of faults that somebody sent, and
// the end of the program.
func (s *Supervisor) pump(left <-chan struct{}) {
	for {
		select {
		case sig := <-s.signals:
			s.inbox.post(func() { s.onSignal(signalNumber(sig), false) })
		case <-left:
			left = nil
			s.inbox.post(s.onLeft)
		case <-s.ended:
			return
		}
	}
}

// inbox brings events to the main thread.
type inbox struct {
	pid, thread int
	again       bool // look for ended children again; the loop's own

	mu     sync.Mutex
	events []func()
	closed bool
}

// post puts an event in and wakes the loop by a SIGURG to its thread, which it
// tells from one that somebody else sent by its sender.
func (in *inbox) post(event func()) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return false
	}
	in.events = append(in.events, event)
	return unix.Tgkill(in.pid, in.thread, unix.SIGURG) == nil
}

func (in *inbox) take() func() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.events) == 0 {
		in.events = nil
		return nil
	}
	event := in.events[0]
	in.events = in.events[1:]
	return event
}

// close lets nothing more in, and returns the first of what is still there:
// somebody waits for each.
func (in *inbox) close() func() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	return in.take()
}
