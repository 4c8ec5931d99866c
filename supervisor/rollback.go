//go:build linux

package supervisor

import (
	"fmt"
	"slices"
	"time"
)

// restoreLimit is how long the previous files may take: a dead file system must not
// keep the agent down.
const restoreLimit = 10 * time.Second

var errRestoreHangs = fmt.Errorf("it is not done after %s", restoreLimit)

// endedError is how the agent of a new generation ended.
func endedError(status Status) error {
	ran := status.RanFor.Round(time.Millisecond)
	if status.Signal != 0 {
		return fmt.Errorf("the agent was killed by %s after %s", status.Signal, ran)
	}
	return fmt.Errorf("the agent exited with code %d after %s", status.ExitCode(), ran)
}

// fail notes why the new generation is given up. What runs of it is stopped first.
func (s *Supervisor) fail(end TrialEnd, err error) {
	s.trial.result.End, s.trial.result.Err = end, err
	s.enterTrial(trialUndoing)
}

// giveUp gives up a new generation of which nothing has to be stopped.
func (s *Supervisor) giveUp(end TrialEnd, err error) {
	s.trial.result.End, s.trial.result.Err = end, err
	s.restore()
}

// restore puts the files of the last good generation back, beside the loop. An agent
// that is gone starts only when that is over.
func (s *Supervisor) restore() {
	s.enterTrial(trialRestoring)
	s.timers.clear(timerBackoff)
	if s.phase == phaseSetup || s.phase == phaseDraining && !s.shutdown.active {
		s.enter(phaseBackoff)
	}
	request := s.trial.request
	if request.Restore == nil {
		s.restored(nil)
		return
	}
	s.timers.set(timerRestore, s.now().Add(restoreLimit))
	s.background(request.Restore, func(err error) { s.onRestored(request, err) })
}

// onRestored takes the result, if it still matters.
func (s *Supervisor) onRestored(request *refreshRequest, err error) {
	if s.trial.request == request && s.timers.active(timerRestore) {
		s.restored(err)
	}
}

// restored goes back to the last good plan.
func (s *Supervisor) restored(err error) {
	s.timers.clear(timerRestore)
	t := &s.trial
	if t.result.RestoreErr = err; err != nil {
		s.log.Error("put the previous files back", "error", err)
	}
	if t.stopped {
		s.leaveStopped()
		return
	}
	if t.previous != nil {
		fresh := s.plan
		s.adopt(*t.previous)
		t.previous, t.fresh = nil, &fresh
	}
	if t.ranSetup {
		s.repeatSetup()
		return
	}
	s.rolledBack()
}

// repeatSetup runs the setup of the last good generation again, because the new one
// may have changed what it did. A step that had nothing to do in the new one has changed
// nothing. What the steps print is not shown where the secrets that it was masked with
// are gone.
func (s *Supervisor) repeatSetup() {
	g := &s.plan
	steps := slices.DeleteFunc(slices.Clone(g.Setup), func(step Step) bool { return slices.Contains(s.trial.idle, step.Name) })
	switch {
	case g.secretSetup:
		s.log.Warn("setup not repeated", "reason", "a step takes a secret, which tsboot forgets after its run")
		s.rolledBack()
	case len(steps) == 0:
		s.rolledBack()
	default:
		s.enterTrial(trialRepeating)
		s.beginSetupBeside(setupState{steps: steps, quiet: g.quiet})
	}
}

// rolledBack ends the trial: the agent runs on, or starts again, on the last good
// generation.
func (s *Supervisor) rolledBack() {
	t := s.trial
	s.logRollback(&t)
	request, result := s.leaveTrial(t.result.End)
	switch s.phase {
	case phaseRunning:
		if t.result.End == TrialSetupFailed && s.agentAlive() {
			s.agent.setupBad = s.now()
		}
		switch {
		case t.signalled:
			s.signalAgent(request.Signal)
			s.changeHealth()
		case s.startedSince(request.Since):
			s.stopAgentFor(next{kind: nextAgain})
		}
		s.collect()
	case phaseDraining:
		s.next = next{kind: nextAgain, status: s.next.status}
	case phaseBackoff, phaseSetup:
		s.startUncounted()
	}
	request.answer(result)
}

// badSetupLimit is how long an agent may take to end that a setup step has stopped.
const badSetupLimit = 2 * time.Second

// endsByBadSetup reports whether the agent ends just after the setup of a refresh failed
// beside it. The step that failed may have stopped it (Threat Stack's 1.x does), and an
// agent needs its time to end: it starts again, as one does that has ended before.
func (s *Supervisor) endsByBadSetup() bool {
	return !s.agent.setupBad.IsZero() && s.now().Sub(s.agent.setupBad) <= badSetupLimit
}

// startedSince reports whether the agent has ended and started again while the files of
// a refresh were made.
func (s *Supervisor) startedSince(at time.Time) bool {
	return !at.IsZero() && s.agentAlive() && s.agent.child.started.After(at)
}

func (s *Supervisor) logRollback(t *trial) {
	keys := []any{"reason", string(t.result.End), "elapsed", s.now().Sub(t.began).Round(time.Millisecond).String()}
	switch {
	case t.result.End != TrialDied:
		keys = append(keys, "error", t.result.Err)
	case t.died.Signal != 0:
		keys = append(keys, "exit_code", t.died.ExitCode(), "signal", t.died.Signal.String())
	default:
		keys = append(keys, "exit_code", t.died.ExitCode())
	}
	s.log.Warn("rolled back", keys...)
}
