//go:build linux

package supervisor

import (
	"slices"
	"strings"
	"time"
)

// trialState is how far the trial of a new generation is. A generation is what a
// plan stands for: the agent's command and environment, its setup and its files.
type trialState int

const (
	trialNone      trialState = iota // no refresh is under way
	trialSetup                       // the new setup runs beside the old agent
	trialReplacing                   // the old agent is stopped, and the new one started
	trialProbation                   // the agent must stay up and well
	trialChecking                    // the probation is over: the health command decides
	trialUndoing                     // what has failed is stopped
	trialRestoring                   // the files of the last good generation are put back
	trialRepeating                   // the setup of the last good generation runs again
)

// trials are the names of the states, which others may follow, and how a trial may
// end in each. It is the second diagram of docs/design.md.
var trials = [...]struct {
	name string
	next []trialState
	ends []TrialEnd
}{
	trialNone:      {"none", []trialState{trialSetup, trialReplacing, trialProbation}, nil},
	trialSetup:     {"setup", []trialState{trialReplacing, trialRestoring}, []TrialEnd{TrialStopped}},
	trialReplacing: {"replacing", []trialState{trialProbation, trialUndoing, trialRestoring}, []TrialEnd{TrialStopped}},
	trialProbation: {"probation", []trialState{trialChecking, trialUndoing, trialRestoring}, []TrialEnd{TrialKept, TrialStopped}},
	trialChecking:  {"checking", []trialState{trialUndoing, trialRestoring}, []TrialEnd{TrialKept, TrialStopped}},
	trialUndoing:   {"undoing", []trialState{trialRestoring}, []TrialEnd{TrialStopped}},
	trialRestoring: {"restoring", []trialState{trialRepeating}, []TrialEnd{TrialDied, TrialUnhealthy, TrialSetupFailed, TrialNotStarted, TrialStopped}},
	trialRepeating: {"repeating", nil, []TrialEnd{TrialDied, TrialUnhealthy, TrialSetupFailed, TrialNotStarted, TrialStopped}},
}

// trial is the refresh that is under way.
type trial struct {
	state     trialState
	request   *refreshRequest
	began     time.Time
	until     time.Time   // of the probation
	fresh     *generation // the new one, until the agent is to run on it; nil: the plan is unchanged
	previous  *generation // the last good one, once the new one is the plan
	ranSetup  bool        // the new setup has been started
	idle      []string    // its steps that had nothing to do
	signalled bool        // the agent was not replaced: it got a signal
	stopped   bool        // tsboot stops while the files are put back
	died      Status      // how the agent ended
	result    TrialResult
}

// decides reports whether the trial says what starts when the agent is gone. An
// agent that ends in these states has not failed.
func (t *trial) decides() bool {
	switch t.state {
	case trialSetup, trialRestoring, trialRepeating:
		return true
	default:
		return false
	}
}

// watches reports whether the new generation has failed when the agent ends.
func (t *trial) watches() bool {
	switch t.state {
	case trialReplacing, trialProbation, trialChecking:
		return true
	default:
		return false
	}
}

// enterTrial changes the state of the trial. As with a phase, a change that the
// diagram does not have is logged and made.
func (s *Supervisor) enterTrial(next trialState) {
	if !slices.Contains(trials[s.trial.state].next, next) {
		s.log.Error("unexpected change of a trial", "from", trials[s.trial.state].name, "to", trials[next].name)
	}
	s.log.Debug("trial", "from", trials[s.trial.state].name, "to", trials[next].name)
	s.timers.clear(timerProbation)
	s.trial.state = next
	s.publish()
}

// leaveTrial forgets the trial, and what it holds of a generation that will not
// run. Its caller sends the answer.
func (s *Supervisor) leaveTrial(end TrialEnd) (*refreshRequest, TrialResult) {
	t := s.trial
	if !slices.Contains(trials[t.state].ends, end) {
		s.log.Error("unexpected end of a trial", "from", trials[t.state].name, "to", string(end))
	}
	s.log.Debug("trial", "from", trials[t.state].name, "to", strings.ReplaceAll(string(end), " ", "_"))
	t.result.End = end
	s.forgetGeneration(t.fresh)
	s.forgetGeneration(t.previous)
	s.timers.clear(timerProbation)
	s.timers.clear(timerRestore)
	s.trial = trial{}
	s.publish()
	return t.request, t.result
}

// keep ends a trial well.
func (s *Supervisor) keep() {
	request, result := s.leaveTrial(TrialKept)
	s.settle()
	request.answer(result)
}

// stopTrial ends it because tsboot stops: the new files stay. Where the old ones
// are just being put back, the answer waits for that, or for the end.
func (s *Supervisor) stopTrial() {
	switch {
	case s.trial.state == trialNone:
	case s.timers.active(timerRestore) && s.phase != phaseDone:
		s.trial.stopped = true
	default:
		s.leaveStopped()
	}
}

func (s *Supervisor) leaveStopped() {
	s.trial.result.Err = nil
	request, result := s.leaveTrial(TrialStopped)
	request.answer(result)
}
