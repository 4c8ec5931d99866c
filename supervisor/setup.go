//go:build linux

package supervisor

import (
	"os"
	"slices"
	"time"

	"github.com/tsboot/tsboot/supervisor/process"
)

// Between two attempts of a setup step, and at most.
const (
	stepBackoffInitial = 500 * time.Millisecond
	stepBackoffMax     = 10 * time.Second
)

// tailLimit is how much of a step's output is kept for an error.
const tailLimit = 4 << 10

// setupState is the setup that runs, and the step of it that runs or is to be
// tried again.
type setupState struct {
	active  bool
	steps   []Step
	beside  bool           // of a trial: it runs beside the agent, or in its stead
	before  map[int]uint64 // what was below tsboot when that of a trial began
	index   int
	attempt int
	child   *child
	group   stepGroup          // of a step that has ended
	redact  *process.SecretSet // masked in what the steps print
	quiet   bool               // what they print is not shown
	began   time.Time
}

// beginSetup runs the plan's steps from the first one, and then the agent.
func (s *Supervisor) beginSetup() {
	s.enter(phaseSetup)
	s.setup = setupState{active: true, steps: s.plan.Setup, redact: s.plan.maskSet()}
	s.startStep()
}

// beginSetupBeside runs steps of a trial beside the agent, or in place of the
// backoff.
func (s *Supervisor) beginSetupBeside(steps setupState) {
	steps.active, steps.beside, steps.before = true, true, s.identities()
	s.setup = steps
	if s.phase == phaseBackoff {
		s.timers.clear(timerBackoff)
		s.enter(phaseSetup)
	}
	s.startStep()
}

// startStep makes the next attempt of the current step.
func (s *Supervisor) startStep() {
	st := &s.setup
	if st.index >= len(st.steps) {
		s.endSetup()
		return
	}
	step := st.steps[st.index]
	st.attempt++
	if st.attempt == 1 {
		st.began = s.now()
	}
	timeout := step.Timeout
	if timeout <= 0 {
		timeout = DefaultStepTimeout
	}
	c, err := s.runShort(shortRun{
		role: roleStep, command: step.Command, stdio: st.stdio(),
		timer: timerStepTimeout, timeout: timeout, onEnd: s.onStepEnd,
	})
	if err != nil {
		s.stepFailed(&SetupError{Step: step.Name, Err: err})
		return
	}
	st.child = c
	s.log.Debug("setup step started", "name", step.Name, "pid", c.pid, "attempt", st.attempt)
}

// stdio are the standard files of a step.
func (st *setupState) stdio() process.Stdio {
	if st.quiet {
		return process.Stdio{}
	}
	sink := &process.Sink{To: os.Stderr, Limit: tailLimit, Secrets: st.redact}
	return process.Stdio{Output: sink, Errors: sink}
}

// onStepEnd decides whether an attempt has succeeded.
func (s *Supervisor) onStepEnd(c *child, end shortEnd) {
	s.timers.clear(timerStepTimeout)
	st, status := &s.setup, end.status
	st.child = nil
	if !st.active {
		s.release(c)
		return // stopped: continueShutdown goes on
	}
	step := st.steps[st.index]
	if !end.timedOut && status.Signal == 0 && succeeded(status.Code, step.OKCodes) {
		s.log.Info("setup step done", "name", step.Name, "exit_code", status.Code, "attempt", st.attempt,
			"elapsed", s.now().Sub(st.began).Round(time.Millisecond).String())
		st.index, st.attempt = st.index+1, 0
		s.awaitGroup(step.Name, c)
		return
	}
	s.killGroup(c) // also what joined the group meanwhile; c is not reaped yet, so the group is tsboot's
	s.release(c)
	s.stepFailed(&SetupError{Step: step.Name, Status: status, TimedOut: end.timedOut, Tail: process.LastLines(end.output, end.cut)})
}

func succeeded(code int, ok []int) bool {
	if len(ok) == 0 {
		return code == 0
	}
	return slices.Contains(ok, code)
}

// stepFailed tries again or gives up. A command that cannot be executed now
// cannot be executed later either.
func (s *Supervisor) stepFailed(failure *SetupError) {
	st := &s.setup
	step := st.steps[st.index]
	if st.attempt > step.Retries || (failure.Err != nil && !process.IsTransient(failure.Err)) {
		s.setupFailed(failure)
		return
	}
	delay := backoff(stepBackoffInitial, stepBackoffMax, st.attempt, s.random())
	s.log.Warn("setup step failed", "name", step.Name, "attempt", st.attempt, "delay", delay.Round(time.Millisecond).String(), "error", failure)
	s.timers.set(timerStepRetry, s.now().Add(delay))
}

// setupFailed ends tsboot, or only the trial. An agent is started again also where
// the setup of the last good generation fails.
func (s *Supervisor) setupFailed(failure *SetupError) {
	s.setup = setupState{}
	switch s.trial.state {
	case trialSetup:
		s.forgetSetup(s.trial.fresh)
		s.giveUp(TrialSetupFailed, failure)
	case trialRepeating:
		s.log.Warn("repeat setup", "error", failure)
		s.rolledBack()
	default:
		s.finish(Status{}, failure)
	}
}

// endSetup forgets the secrets and starts the agent, or goes on with the trial.
func (s *Supervisor) endSetup() {
	s.noteDaemons()
	s.setup = setupState{}
	switch s.trial.state {
	case trialSetup:
		s.replaceAgent()
	case trialRepeating:
		s.callSetupDone()
		s.rolledBack()
	default:
		s.forgetSetup(&s.plan)
		s.collect()
		s.callSetupDone()
		s.startCounted()
	}
}

func (s *Supervisor) callSetupDone() {
	if s.setupDone != nil {
		s.setupDone()
	}
}
