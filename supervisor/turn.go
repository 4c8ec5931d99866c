//go:build linux

package supervisor

import (
	"context"
	"errors"
	"slices"
)

var (
	errNotRunning = errors.New("refresh: the agent is being stopped, or has ended for good")
	errRunsOnce   = errors.New("refresh: the agent was started for one run, and its command is forgotten")
)

// refreshWait is somebody who waits for the turn of a refresh.
type refreshWait struct {
	take func()     // run by the loop when it is its turn
	turn chan error // then nil, or why it will not be; it has room for that
}

func (w *refreshWait) answer(err error) {
	if err == nil {
		w.take()
	}
	w.turn <- err
}

// awaitTurn has the loop run take when a refresh can be taken. With an error it was
// not run, and will not be.
func (s *Supervisor) awaitTurn(ctx context.Context, take func()) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := &refreshWait{take: take, turn: make(chan error, 1)}
	if !s.call(func() { s.queueRefresh(w) }) {
		return s.stoppedError()
	}
	select {
	case err := <-w.turn:
		return err
	case <-ctx.Done():
		s.call(func() { s.withdraw(w, context.Cause(ctx)) })
	case <-s.ended:
	}
	select {
	case err := <-w.turn:
		return err
	default: // the program has ended in spite of the loop
		return s.stoppedError()
	}
}

// queueRefresh has somebody wait for a turn.
func (s *Supervisor) queueRefresh(w *refreshWait) {
	s.waiting = append(s.waiting, w)
	if err := s.noRefresh(); err != nil {
		s.refuseWaiting(err)
	}
}

// withdraw ends a wait.
func (s *Supervisor) withdraw(w *refreshWait, err error) {
	if i := slices.Index(s.waiting, w); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
		w.answer(err)
	}
}

// noRefresh says why none will be taken any more; nil: one may be.
func (s *Supervisor) noRefresh() error {
	switch {
	case s.endsForGood():
		return errNotRunning
	case s.agent.started > 0 && s.trial.state == trialNone && !s.plan.startsAgain():
		return errRunsOnce
	}
	return nil
}

// endsForGood reports that no agent will be started any more.
func (s *Supervisor) endsForGood() bool {
	switch s.phase {
	case phaseStopping, phaseDone:
		return true
	case phaseDraining:
		return s.final || s.next.kind == nextFinish
	default:
		return s.final
	}
}

// serveRefreshes takes the refreshes that wait, one after the other. The loop
// calls it between two events.
func (s *Supervisor) serveRefreshes() {
	if err := s.noRefresh(); err != nil {
		s.refuseWaiting(err)
	}
	for len(s.waiting) > 0 && s.takesRefresh() {
		w := s.waiting[0]
		s.waiting = s.waiting[1:]
		w.answer(nil)
	}
}

// takesRefresh is false while a setup or a trial is under way, and while a start
// command is: what the setup leaves behind could be taken for the daemon that is sought.
func (s *Supervisor) takesRefresh() bool {
	switch s.phase {
	case phaseRunning, phaseBackoff, phaseDraining:
		return s.trial.state == trialNone && !s.endsForGood()
	default:
		return false
	}
}

// refuseRefreshes ends the trial that is under way, and the waits of all others:
// there will be none any more.
func (s *Supervisor) refuseRefreshes() {
	s.timers.clear(timerStepTimeout)
	s.timers.clear(timerStepRetry)
	s.dropGroup()
	s.setup.active = false
	s.stopTrial()
	s.refuseWaiting(errNotRunning)
}

func (s *Supervisor) refuseWaiting(err error) {
	waiting := s.waiting
	s.waiting = nil
	for _, w := range waiting {
		w.answer(err)
	}
}
