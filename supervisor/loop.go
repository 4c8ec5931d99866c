//go:build linux

package supervisor

import "time"

// run is the loop: it waits for the next event and handles it, until it was
// interrupted and nothing is left to wait for. This is its plain form, where
// all events come by channels; runOnMain is the quick one.
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
			s.onSignal(signalNumber(sig), false)
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
			s.onSignal(signalNumber(sig), false)
		default:
			return
		}
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
