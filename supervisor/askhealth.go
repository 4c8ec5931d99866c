//go:build linux

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var errCheckStopped = errors.New("the agent ended, or was stopped, while its health command ran")

// CheckHealth runs the health command of the plan now, as the agent's user. Those
// who ask at the same time share one run, that of the interval included. The error
// is a sentence that says why the agent is not well: it does not run, or its health
// command says so. An agent without a health command is well while it runs. The
// end of ctx ends only the wait.
func (s *Supervisor) CheckHealth(ctx context.Context) error {
	reply := make(chan error, 1)
	select {
	case s.calls <- func() { s.askHealth(reply) }:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.ended:
		return s.notRunning()
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.ended:
		return s.notRunning()
	}
}

// askHealth answers at once, or when the check that runs has ended.
func (s *Supervisor) askHealth(reply chan<- error) {
	switch {
	case s.phase != phaseRunning:
		reply <- s.notRunning()
		return
	case s.plan.Health == nil:
		reply <- nil
		return
	}
	s.health.callers = append(s.health.callers, reply)
	if s.health.child == nil {
		s.startHealth()
	}
}

// notRunning says in which phase there is no agent.
func (s *Supervisor) notRunning() error {
	shown := s.shownPhase()
	word := phases[shown].name
	switch shown {
	case phaseStarting:
		word += ", its start command has not left the agent behind yet"
	case phaseDraining:
		word = "backoff, what is left of its last run is being stopped"
	case phaseBackoff:
		if at := s.timers.due[timerBackoff]; !at.IsZero() {
			word += ", next start in " + max(0, at.Sub(s.now())).Round(100*time.Millisecond).String()
		}
	case phaseFetching, phaseSetup, phaseRunning, phaseStopping, phaseDone:
	}
	return fmt.Errorf("the agent is not running: %s", word)
}
