//go:build linux

package supervisor

import (
	"time"
)

// run is the loop: it waits for the next event and handles it, until it was
// interrupted and nothing is left to wait for.
func (s *Supervisor) run() {
	defer close(s.ended)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for !s.over() {
		var due <-chan time.Time
		if at, ok := s.timers.next(); ok {
			timer.Reset(time.Until(at))
			due = timer.C
		}
		select {
		case sig := <-s.signals:
			s.onSignal(signalNumber(sig))
		case <-s.chld:
			s.onChildren()
		case f := <-s.calls:
			f()
		case <-due:
			s.onTimers()
		}
		timer.Stop()
	}
	s.shutDown()
}

// over reports that the actor may end.
func (s *Supervisor) over() bool { return s.interrupt && s.phase == phaseDone }

// shutDown gives back what New took. The signals stay caught: one that comes
// now must not kill tsboot before it has returned its exit code.
func (s *Supervisor) shutDown() {
	s.cancel(nil)
	s.terminal.close(s.forker)
	s.forker.stop()
	s.log.flush()
	s.log.close()
}

// onTimers runs what is due.
func (s *Supervisor) onTimers() {
	for {
		kind, ok := s.timers.expire(time.Now())
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
	case timerBackoff:
		s.startAgent()
	case timerKill:
		s.killAll()
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
