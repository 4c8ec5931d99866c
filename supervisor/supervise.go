//go:build linux

package supervisor

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

var errSecondCall = errors.New("supervise: called while an agent is already kept")

// Supervise runs the plan: setup, then the agent, again and again as its
// restart policy says, until it ends for good or tsboot is stopped. It returns
// when nothing is left below tsboot. The error is nil when the agent ended (see
// Status), or one of *StopError, *SetupError, *ExecError, *GaveUpError, *SurvivorsError. The end
// of ctx stops everything as SIGTERM would. The plan is emptied: what it holds
// is the supervisor's to forget.
func (s *Supervisor) Supervise(ctx context.Context, plan *Plan) (Status, error) {
	reply := make(chan answer, 1)
	if !s.call(func() { s.onPlan(plan, reply) }) {
		return Status{}, s.stoppedError()
	}
	var a answer
	select {
	case a = <-reply:
	case <-ctx.Done():
		s.call(func() { s.onCancelled() })
		a = <-reply
	}
	return a.status, a.err
}

// stoppedError is the error of a call that comes after the end.
func (s *Supervisor) stoppedError() error {
	var stop *StopError
	if errors.As(context.Cause(s.ctx), &stop) {
		return stop
	}
	return context.Canceled
}

// onPlan begins with a plan.
func (s *Supervisor) onPlan(given *Plan, reply chan<- answer) {
	plan := *given
	*given = Plan{}
	switch s.phase {
	case phaseFetching:
		<-s.caught // an ignored signal that is not caught stays ignored in a child
		<-s.threads
		s.reply = reply
		s.adopt(generation{Plan: plan})
		s.terminal = s.openTerminal()
		s.beginSetup()
	case phaseStopping:
		s.reply = reply // the answer comes when all is stopped
	case phaseDone:
		reply <- answer{err: s.stoppedError()}
	case phaseSetup, phaseStarting, phaseRunning, phaseDraining, phaseBackoff:
		reply <- answer{err: errSecondCall}
	}
}

// onCancelled stops everything because the caller of Supervise wants no more.
func (s *Supervisor) onCancelled() {
	switch s.phase {
	case phaseStopping, phaseDone:
	default:
		s.beginStop(sigTerm, s.stopSignal(sigTerm))
	}
}

// leaveWorkingDir lets go of the directory tsboot was started in, so that it
// keeps no mount busy.
func (s *Supervisor) leaveWorkingDir() {
	if s.cwd != "" {
		_ = unix.Chdir("/")
	}
}
