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
	refresh *refreshRequest // whose setup it is; nil: the first one
	before  map[int]uint64  // what was below tsboot when that of a refresh began
	index   int
	attempt int
	child   *child
	group   stepGroup // of a step that has ended
	redact  *process.SecretSet
	began   time.Time
}

// beginSetup runs the plan's steps from the first one, and then the agent.
func (s *Supervisor) beginSetup() {
	s.enter(phaseSetup)
	s.setup = setupState{active: true, steps: s.plan.Setup, redact: s.plan.maskSet()}
	s.startStep()
}

// beginRefreshSetup runs the steps of a new plan beside the agent, or in place
// of the backoff.
func (s *Supervisor) beginRefreshSetup(r *refreshRequest) {
	s.setup = setupState{active: true, steps: r.Plan.Setup, refresh: r, before: s.identities(), redact: r.Plan.maskSet()}
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
	sink := &process.Sink{To: os.Stderr, Limit: tailLimit, Secrets: st.redact}
	c, err := s.runShort(shortRun{
		role: roleStep, command: step.Command, stdio: process.Stdio{Output: sink, Errors: sink},
		timer: timerStepTimeout, timeout: timeout, onEnd: s.onStepEnd,
	})
	if err != nil {
		s.stepFailed(&SetupError{Step: step.Name, Err: err})
		return
	}
	st.child = c
	s.log.Debug("setup step started", "name", step.Name, "pid", c.pid, "attempt", st.attempt)
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

// setupFailed ends tsboot, or only the refresh.
func (s *Supervisor) setupFailed(failure *SetupError) {
	r := s.setup.refresh
	s.setup = setupState{}
	if r == nil {
		s.finish(Status{}, failure)
		return
	}
	s.refreshFailed(r, failure)
}

// endSetup forgets the secrets and starts the agent.
func (s *Supervisor) endSetup() {
	s.noteDaemons()
	r := s.setup.refresh
	s.setup = setupState{}
	if r != nil {
		s.change(r)
		return
	}
	s.forgetSetup(&s.plan)
	s.collect()
	if s.setupDone != nil {
		s.setupDone()
	}
	s.startCounted()
}
