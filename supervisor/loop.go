//go:build linux

package supervisor

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// run is the loop: it waits for the next event and handles it, until it was
// Interrupted and nothing is left to wait for. This is its plain form, where
// all events come by channels; runOnMain is the quick one.
func (s *Supervisor) run() {
	defer close(s.ended)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for !s.over() {
		s.serveRefreshes()
		var due <-chan time.Time
		if at, ok := s.timers.next(); ok {
			timer.Reset(time.Until(at))
			due = timer.C
		}
		select {
		case sig := <-s.signals:
			s.onSignal(process.SignalNumber(sig), false)
		case <-s.chld:
			s.onQueued()
			s.onChildren()
		case f := <-s.calls:
			s.onQueued()
			f()
		case <-due:
			s.onTimers()
		}
		timer.Stop()
	}
	s.shutDown()
}

// onQueued hands on the signals that wait, before an event that came by another
// channel: one that was sent before a child ended is meant for what was then.
func (s *Supervisor) onQueued() {
	for {
		select {
		case sig := <-s.signals:
			s.onSignal(process.SignalNumber(sig), false)
		default:
			return
		}
	}
}

// runOnMain is the loop on the main thread. It sleeps in rt_sigtimedwait; what
// comes by a channel is brought by a second goroutine, which wakes it.
func (s *Supervisor) runOnMain() {
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
		at, bounded := s.timers.next()
		info, ok := process.WaitSignal(at, bounded, &s.quick)
		switch sig := Signal(info.Signo); {
		case !ok:
		case info.Forwarded:
			s.afterQuick(Signal(s.quick.Send[sig]))
		case info.FromSelf():
		case sig == Signal(unix.SIGCHLD):
			s.onChildren()
		default:
			s.onSignal(sig, true)
		}
	}
	in.close()
	s.shutDown()
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

// pump collects until the loop ends. The wake-up is a SIGCHLD to the main thread
// alone. One that comes while that thread forks, with nothing blocked, is
// delivered by the runtime, which does not say who sent it: a SIGCHLD then only
// makes the loop look at its children, any other signal would be forwarded. The
// kernel keeps it apart from those of children, which go to the whole process.
func (in *inbox) pump(s *Supervisor, thread int) {
	defer close(in.done)
	pid := unix.Getpid()
	for {
		var event func()
		select {
		case sig := <-s.signals:
			event = func() { s.onSignal(process.SignalNumber(sig), false) }
		case <-s.chld:
			event = s.onChildren
		case event = <-s.calls:
		case <-s.left:
			event = s.onLeft
			s.left = nil
		case <-in.quit:
			return
		}
		in.mu.Lock()
		in.events = append(in.events, event)
		in.mu.Unlock()
		_ = unix.Tgkill(pid, thread, unix.SIGCHLD)
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

// over reports that the actor may end.
func (s *Supervisor) over() bool { return s.interrupt && s.phase == phaseDone }

// onLeft ends the loop because the program ends without having interrupted it.
// What runs dies with the program: its parent-death signal sees to that.
func (s *Supervisor) onLeft() { s.interrupt, s.phase = true, phaseDone }

// shutDown gives back what New took. The signals stay caught: one that comes
// now must not kill tsboot before it has returned its exit code.
func (s *Supervisor) shutDown() {
	s.cancel(nil)
	s.terminal.Close(s.forker)
	s.forker.Stop()
	s.log.flush()
	s.log.close()
}

// onTimers runs what is due.
func (s *Supervisor) onTimers() {
	for {
		kind, ok := s.timers.expire(s.now())
		if !ok {
			return
		}
		s.onTimer(kind)
	}
}

func (s *Supervisor) onTimer(kind timerKind) {
	switch kind {
	case timerStepTimeout:
		s.stepTimedOut()
	case timerStepRetry:
		s.startStep()
	case timerStepGroup:
		s.lookAtGroup()
	case timerBackoff:
		s.startCounted()
	case timerKill:
		s.killAll()
	case timerKillHelpers:
		s.killHelpers()
	case timerRekill:
		s.rekill()
	case timerAbandon:
		s.abandon()
	case timerHealth:
		s.startHealth()
	case timerHealthTimeout:
		s.healthTimedOut()
	case timerFollow:
		s.lookForDaemon()
	case timerFollowTimeout:
		s.followTimedOut()
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
