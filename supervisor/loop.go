//go:build linux

package supervisor

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// run is the loop. It sleeps in rt_sigtimedwait on the main thread; what comes by
// a channel is brought by a second goroutine, which wakes it. It ends once the
// actor was interrupted and nothing is left to wait for.
func (s *Supervisor) run() {
	defer close(s.ended)
	in := newInbox(s)
	for !s.over() {
		for f := in.take(); f != nil && !s.over(); f = in.take() {
			f()
		}
		s.onTimers()
		s.serveRefreshes()
		if s.over() {
			break
		}
		s.await()
	}
	in.close()
	s.tearDown()
}

// await waits for the next signal or timer, and handles it. Where children are
// to be looked at, it only takes a signal that is there.
func (s *Supervisor) await() {
	at, limited := s.timers.next()
	if s.childrenDue {
		at, limited = time.Time{}, true
	}
	info, ok := process.WaitSignal(at, limited, &s.fast)
	switch sig := Signal(info.Signo); {
	case !ok:
	case info.Forwarded:
		s.afterForward(Signal(s.fast.Send[sig]))
	case info.FromSelf():
	case sig == Signal(unix.SIGCHLD):
		s.childrenDue = true
	default:
		s.onSignal(sig, true)
	}
	if s.childrenDue {
		s.childrenDue = false
		s.onChildren()
	}
}

// inbox brings events from channels to the main thread.
type inbox struct {
	mu     sync.Mutex
	events []func()
	quit   chan struct{}
	done   chan struct{}
}

func newInbox(s *Supervisor) *inbox {
	in := &inbox{quit: make(chan struct{}), done: make(chan struct{})}
	thread := unix.Gettid()
	go in.pump(s, thread)
	return in
}

// pump collects until the loop ends.
func (in *inbox) pump(s *Supervisor, thread int) {
	defer close(in.done)
	for {
		var event func()
		select {
		case sig := <-s.signals:
			event = func() { s.onSignal(process.SignalNumber(sig), false) }
		case <-s.chld:
			event = s.onChildren
		case event = <-s.calls:
		case <-s.mainReturned:
			event = s.onMainReturned
			s.mainReturned = nil
		case <-in.quit:
			return
		}
		in.mu.Lock()
		in.events = append(in.events, event)
		in.mu.Unlock()
		process.Wake(thread)
	}
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

// close ends the pump; what it still holds are calls whose callers wait.
func (in *inbox) close() {
	close(in.quit)
	<-in.done
	for f := in.take(); f != nil; f = in.take() {
		f()
	}
}

// over reports that the loop may end.
func (s *Supervisor) over() bool { return s.dropped || s.interrupt && s.phase == phaseDone }

// onMainReturned ends the loop because the program ends without having
// interrupted it. What runs dies with the program, by its parent-death signal.
func (s *Supervisor) onMainReturned() { s.dropped = true }

// tearDown gives back what New took. The signals stay caught: one that comes
// now must not kill tsboot before it has returned its exit code.
func (s *Supervisor) tearDown() {
	s.cancel(nil)
	s.terminal.Close()
}

// onTimers runs what is due. A timer that is set meanwhile waits for its turn
// after the signals, however short it is.
func (s *Supervisor) onTimers() {
	now := s.now()
	for {
		kind, ok := s.timers.expire(now)
		if !ok {
			return
		}
		s.onTimer(kind)
	}
}

func (s *Supervisor) onTimer(kind timerKind) {
	switch kind {
	case timerStepTimeout:
		s.shortTimedOut(s.setup.child)
	case timerStepRetry:
		s.startStep()
	case timerStepGroup:
		s.lookAtGroup()
	case timerBackoff:
		s.start(s.agent.counts)
	case timerKill:
		s.killAll()
	case timerKillHelpers:
		s.killHelpers()
	case timerRekill:
		s.rekill()
	case timerAbandon:
		s.abandon()
	case timerHealth:
		s.healthDue()
	case timerHealthTimeout:
		s.shortTimedOut(s.health.child)
	case timerFollow:
		s.lookForDaemon()
	case timerFollowTimeout:
		s.followTimedOut()
	case timerProbation:
		s.probationOver()
	case timerRestore:
		s.restored(errRestoreHangs)
	}
}

// onInterrupt ends the actor: at once when the answer has been given, else
// after a stop as by SIGTERM.
func (s *Supervisor) onInterrupt() {
	s.interrupt = true
	switch s.phase {
	case phaseDone, phaseStopping:
	default:
		s.beginStop(sigTerm, sigTerm)
	}
}
