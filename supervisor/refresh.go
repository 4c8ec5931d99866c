//go:build linux

package supervisor

import (
	"context"
	"errors"
)

// RefreshAction is what a changed configuration asks for.
type RefreshAction string

// The refresh actions.
const (
	RefreshRestart         RefreshAction = "restart"
	RefreshSetupAndRestart RefreshAction = "setup-and-restart"
	RefreshSignal          RefreshAction = "signal"
)

// Refresh is a wanted change of the running agent.
type Refresh struct {
	Action RefreshAction
	Signal Signal // of RefreshSignal
	Plan   *Plan  // takes the place of the current one at the next start; nil: unchanged
}

var (
	errNotRunning    = errors.New("refresh: the agent is being stopped")
	errUnknownAction = errors.New("refresh: unknown action")
)

// Refresh asks for a change and returns once it is under way: the agent has
// been sent the signal, or its restart has begun. It is no failed run, and no
// backoff comes before the new one.
func (s *Supervisor) Refresh(ctx context.Context, r Refresh) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	var err error
	if !s.call(func() { err = s.onRefresh(&r) }) {
		return s.stoppedError()
	}
	return err
}

func (s *Supervisor) onRefresh(r *Refresh) error {
	switch r.Action {
	case RefreshRestart, RefreshSetupAndRestart, RefreshSignal:
	default:
		return errUnknownAction
	}
	switch s.phase {
	case phaseRunning, phaseStarting:
		if r.Action == RefreshSignal {
			s.adoptLater(r)
			s.signalAgent(r.Signal)
			return nil
		}
		s.restartFor(r)
	case phaseDraining:
		if s.final {
			return errNotRunning
		}
		s.outcome.refresh = r
	case phaseBackoff:
		s.timers.clear(timerBackoff)
		s.refreshDrained(r)
	case phaseFetching, phaseSetup, phaseStopping, phaseDone:
		return errNotRunning
	}
	return nil
}

// restartFor stops the agent for its next run.
func (s *Supervisor) restartFor(r *Refresh) {
	s.outcome = outcome{refresh: r}
	s.stopHealth()
	s.timers.clear(timerFollow)
	s.timers.clear(timerFollowTimeout)
	s.enter(phaseDraining)
	s.climbDown(s.plan.Agent.Grace)
	if !s.ladder.killing && s.agentAlive() {
		s.stopAgent(s.stopSignal(sigTerm))
	}
	s.lookAgain()
}

// adoptLater takes the new plan for the next start.
func (s *Supervisor) adoptLater(r *Refresh) {
	if r.Plan != nil {
		s.adopt(*r.Plan)
	}
}

// refreshDrained goes on when the old agent is gone.
func (s *Supervisor) refreshDrained(r *Refresh) {
	s.adoptLater(r)
	s.outcome = outcome{}
	s.agent.failures, s.agent.limit.starts = 0, nil // nothing failed
	s.log.info("restarting agent", "delay", "0s", "attempt", s.agent.started+1)
	if r.Action == RefreshSetupAndRestart && r.Plan != nil {
		s.beginSetup()
		return
	}
	s.plan.Setup, s.plan.Redact = nil, nil
	s.startAgent()
}
