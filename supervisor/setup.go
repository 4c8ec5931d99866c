//go:build linux

package supervisor

import (
	"io"
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

// setupKind says what steps are for.
type setupKind int

const (
	setupFirst  setupKind = iota // the setup before the first start
	setupBeside                  // that of a trial: it runs beside the agent, or in place of the backoff
	setupBefore                  // the steps before each start
)

// setupState are the steps that run, and the one of them that runs or is to be
// tried again.
type setupState struct {
	active  bool
	kind    setupKind
	steps   []Step
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
	steps.active, steps.kind, steps.before = true, setupBeside, s.identities()
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
	if s.skips(step) {
		st.index++
		s.startStep()
		return
	}
	st.attempt++
	if st.attempt == 1 {
		st.began = s.now()
	}
	timeout := step.Timeout
	if timeout <= 0 {
		timeout = DefaultStepTimeout
	}
	c, err := s.runShort(shortRun{
		role: roleStep, command: step.Command, stdio: st.stdio(step, s.display.Output()),
		timer: timerStepTimeout, timeout: timeout, onEnd: s.onStepEnd,
	})
	if err != nil {
		s.stepFailed(&SetupError{Err: err})
		return
	}
	st.child = c
	s.step.Store(&StepNow{Word: st.word(), Name: step.Name, Attempt: st.attempt, Began: st.began, Ends: s.now().Add(timeout), Timeout: timeout})
	s.log.Debug(st.word()+" started", "name", step.Name, "pid", c.pid, "attempt", st.attempt)
}

// skips reports whether a step need not run. One with Skip runs only when the setup of
// the last good generation is repeated: that of the trial may have changed what it did.
func (s *Supervisor) skips(step Step) bool {
	if s.setup.kind == setupBefore {
		return step.Creates != "" && s.exists(s.absolute(step.Creates))
	}
	return step.Skip && s.trial.state != trialRepeating
}

// stdio are the standard files of a step, whose output is shown by way of output.
func (st *setupState) stdio(step Step, output io.Writer) process.Stdio {
	if st.quiet {
		return process.Stdio{Input: step.Stdin}
	}
	sink := &process.Sink{To: output, Limit: tailLimit, Secrets: st.redact}
	return process.Stdio{Input: step.Stdin, Output: sink, Errors: sink}
}

// word is what the log calls a step.
func (st *setupState) word() string {
	if st.kind == setupBefore {
		return "before-start step"
	}
	return "setup step"
}

// onStepEnd decides whether an attempt has succeeded.
func (s *Supervisor) onStepEnd(c *child, end shortEnd) {
	s.timers.clear(timerStepTimeout)
	s.step.Store(nil)
	st, status := &s.setup, end.status
	st.child = nil
	if !st.active {
		s.release(c)
		return // stopped: continueShutdown goes on
	}
	step := st.steps[st.index]
	if !end.timedOut && status.Signal == 0 && succeeded(status.Code, step.OKCodes) {
		s.log.Info(st.word()+" done", "name", step.Name, "exit_code", status.Code, "attempt", st.attempt,
			"elapsed", s.now().Sub(st.began).Round(time.Millisecond).String())
		st.index, st.attempt = st.index+1, 0
		s.awaitGroup(step.Name, c)
		return
	}
	s.killGroup(c) // also what joined the group meanwhile; c is not reaped yet, so the group is tsboot's
	s.release(c)
	s.stepFailed(&SetupError{Status: status, TimedOut: end.timedOut, Tail: process.LastLines(end.output, end.cut)})
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
	failure.Step, failure.BeforeStart = step.Name, st.kind == setupBefore
	if st.attempt > step.Retries || (failure.Err != nil && !process.IsTransient(failure.Err)) {
		s.setupFailed(failure)
		return
	}
	delay := backoff(stepBackoffInitial, stepBackoffMax, st.attempt, s.random())
	s.log.Warn(st.word()+" failed", "name", step.Name, "attempt", st.attempt, "delay", delay.Round(time.Millisecond).String(), "error", failure)
	next := s.now().Add(delay)
	s.step.Store(&StepNow{Word: st.word(), Name: step.Name, Attempt: st.attempt + 1, Began: st.began, Timeout: step.Timeout, Next: next})
	s.timers.set(timerStepRetry, next)
}

// setupFailed ends tsboot, or only the trial. An agent is started again also where
// the setup of the last good generation fails.
func (s *Supervisor) setupFailed(failure *SetupError) {
	kind := s.setup.kind
	s.setup = setupState{}
	switch {
	case kind == setupBefore:
		s.beforeStartFailed(failure)
	case kind == setupFirst:
		s.finish(Status{}, failure)
	case s.trial.state == trialSetup:
		s.giveUp(TrialSetupFailed, failure)
	default:
		s.log.Warn("repeat setup", "error", failure)
		s.rolledBack()
	}
}

// endSetup starts the agent, or goes on with the trial.
func (s *Supervisor) endSetup() {
	kind := s.setup.kind
	if kind != setupBefore {
		s.noteDaemons()
	}
	s.setup = setupState{}
	switch {
	case kind == setupBefore:
		s.startAgent()
	case kind == setupFirst:
		s.callSetupDone()
		s.start(true)
	case s.trial.state == trialSetup:
		s.replaceAgent()
	default:
		s.callSetupDone()
		s.rolledBack()
	}
}

func (s *Supervisor) callSetupDone() {
	if s.setupDone != nil {
		s.setupDone()
	}
}
