//go:build linux

package supervisor

import (
	"context"
	"errors"
)

var (
	errNotRunning    = errors.New("refresh: the agent is being stopped, or has ended for good")
	errUnknownAction = errors.New("refresh: unknown action")
)

// refreshRequest is a Refresh and where its answer goes.
type refreshRequest struct {
	Refresh
	reply chan<- error // has room for the answer; nil: no caller waits for one
}

func (r *refreshRequest) answer(err error) {
	if r.reply != nil {
		r.reply <- err
		r.reply = nil
	}
}

// Refresh asks for a change and returns at its end. The setup of a refresh runs
// beside the agent, and before all else. One that comes while a setup or a start
// command runs waits for its end. With an error it was not taken, and nothing was
// done. The end of ctx ends only the wait.
func (s *Supervisor) Refresh(ctx context.Context, r Refresh) (TrialResult, error) {
	switch r.Action {
	case RefreshRestart, RefreshSetupAndRestart, RefreshSignal:
	default:
		return TrialResult{}, errUnknownAction
	}
	reply := make(chan error, 1)
	err := s.awaitRefresh(ctx, reply, s.refreshWith(r, reply))
	var setup *SetupError
	var exec *ExecError
	result := TrialResult{End: TrialKept, Err: err}
	switch {
	case err == nil:
		return result, nil
	case errors.As(err, &setup):
		result.End = TrialSetupFailed
	case errors.As(err, &exec):
		result.End = TrialNotStarted
	default:
		return TrialResult{}, err
	}
	if r.Restore != nil {
		result.RestoreErr = r.Restore()
	}
	return result, nil
}

// refreshWith is what to do when a refresh is taken, or with err when it is not.
func (s *Supervisor) refreshWith(r Refresh, reply chan<- error) func(err error) {
	return func(err error) {
		request := &refreshRequest{Refresh: r, reply: reply}
		if err != nil {
			request.answer(err)
			return
		}
		s.takeRefresh(request)
	}
}

// Refreshable returns nil as soon as a Refresh would not have to wait, and an
// error when none will be taken any more. What a refresh needs on disk is put
// there only after it.
func (s *Supervisor) Refreshable(ctx context.Context) error {
	reply := make(chan error, 1)
	return s.awaitRefresh(ctx, reply, func(err error) { reply <- err })
}

// awaitRefresh has the loop run f when it takes a refresh, or can take none any
// more, and waits for the answer.
func (s *Supervisor) awaitRefresh(ctx context.Context, reply <-chan error, f func(error)) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if !s.call(func() { s.queueRefresh(f) }) {
		return s.stoppedError()
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.ended:
		return s.stoppedError()
	}
}

// queueRefresh has f wait for its turn.
func (s *Supervisor) queueRefresh(f func(error)) {
	if s.endsForGood() {
		f(errNotRunning)
		return
	}
	s.waiting = append(s.waiting, f)
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
	for len(s.waiting) > 0 && s.takesRefresh() {
		f := s.waiting[0]
		s.waiting = s.waiting[1:]
		f(nil)
	}
}

// takesRefresh is false while a setup runs, and while a start command does:
// what the setup leaves behind could be taken for the daemon that is sought.
func (s *Supervisor) takesRefresh() bool {
	switch s.phase {
	case phaseRunning, phaseBackoff, phaseDraining:
		return !s.setup.active && !s.endsForGood()
	default:
		return false
	}
}

// refuseRefreshes answers all who wait for a refresh, one whose setup runs
// included: there will be none any more.
func (s *Supervisor) refuseRefreshes() {
	s.timers.clear(timerStepTimeout)
	s.timers.clear(timerStepRetry)
	s.dropGroup()
	if r := s.setup.refresh; r != nil {
		r.answer(errNotRunning)
	}
	s.setup.active, s.setup.refresh = false, nil
	waiting := s.waiting
	s.waiting = nil
	for _, f := range waiting {
		f(errNotRunning)
	}
}

// takeRefresh begins with one.
func (s *Supervisor) takeRefresh(r *refreshRequest) {
	switch {
	case r.Action == RefreshSetupAndRestart && r.Plan != nil:
		s.beginRefreshSetup(r)
	case r.Action == RefreshSignal && s.phase == phaseRunning:
		s.accept(r)
		s.adoptLater(r)
		s.changeHealth()
		s.signalAgent(r.Signal)
		s.collect()
	default:
		s.change(r)
	}
}

// accept says that a refresh is under way: its setup has been, or is not wanted.
func (s *Supervisor) accept(r *refreshRequest) {
	if r.Plan != nil {
		s.forgetSetup(r.Plan)
	}
	if s.setupDone != nil {
		s.setupDone()
	}
	r.answer(nil)
}

// change has the agent run on the new plan, if its command can be executed at
// all: an agent that runs is not stopped for one that cannot start.
func (s *Supervisor) change(r *refreshRequest) {
	if s.endsForGood() {
		r.answer(errNotRunning)
		return
	}
	if r.Plan != nil {
		if _, err := s.kernel.Examine(s.resolve(r.Plan.Agent.Command)); err != nil {
			s.refreshFailed(r, err)
			return
		}
	}
	s.accept(r)
	switch s.phase {
	case phaseRunning:
		s.stopAgentFor(replaceBy(r))
	case phaseDraining:
		s.next = next{kind: nextReplace, status: s.next.status, refresh: r}
	case phaseBackoff, phaseSetup:
		s.timers.clear(timerBackoff)
		s.refreshDrained(r)
	}
}

// refreshFailed leaves all as it was. An agent that ended while the setup ran
// is started again.
func (s *Supervisor) refreshFailed(r *refreshRequest, err error) {
	r.answer(err)
	if s.phase == phaseSetup {
		s.refreshDrained(startAgain())
	}
}

// startAgain is a refresh that changes nothing: the next start comes at once
// and is not counted.
func startAgain() *refreshRequest { return &refreshRequest{} }

// stopAgentFor stops the agent for its next run.
func (s *Supervisor) stopAgentFor(n next) {
	s.next = n
	s.stopHealth()
	s.timers.clear(timerFollow)
	s.timers.clear(timerFollowTimeout)
	s.enter(phaseDraining)
	s.beginShutdown(s.plan.Agent.Grace)
	if !s.shutdown.killing && s.agentAlive() {
		s.stopAgent(s.stopSignal(sigTerm))
	}
	s.lookAgain()
}

// adoptLater takes the new plan for the next start.
func (s *Supervisor) adoptLater(r *refreshRequest) {
	if r.Plan != nil {
		s.adopt(*r.Plan)
		s.forgotten = s.hadSecrets // what the old plan had
	}
}

// refreshDrained goes on when the old agent is gone.
func (s *Supervisor) refreshDrained(r *refreshRequest) {
	if r.Plan != nil {
		old := s.plan
		s.previous = &old
	}
	s.adoptLater(r)
	s.next = next{}
	s.agent.failures = 0 // nothing failed
	s.log.Info("restarting agent", "delay", "0s", "attempt", s.agent.started+1)
	s.startAgent()
}

// startPrevious goes back to the plan before the refresh: its agent has been
// stopped already, and that of the new one cannot be executed.
func (s *Supervisor) startPrevious(err error) {
	s.log.Warn("refresh failed: the agent is started again as it was", "error", err)
	old := *s.previous
	s.previous = nil
	s.adopt(old)
	s.startAgent()
}
