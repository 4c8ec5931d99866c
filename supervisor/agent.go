//go:build linux

package supervisor

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// agentState is the agent of now and what is remembered of its earlier runs.
type agentState struct {
	child    *child // the process that is the agent; nil while there is none
	leader   *child // it, when it has ended: kept until what it left behind is gone
	group    int    // the process group that gets its signals; 0: only itself
	followed bool   // it is the daemon that the start command left behind
	scope    SignalScope

	sent   kernelSigset // what came through tsboot in this run
	killed bool         // by our SIGKILL after the grace
	oom    oomCounter

	last     Status // of the run before
	lastEnd  time.Time
	started  int // runs so far
	failures int // short runs in a row
	limit    startLimit
}

func (a *agentState) pid() int {
	if a.child == nil {
		return 0
	}
	return a.child.pid
}

func (s *Supervisor) agentAlive() bool { return s.agent.child != nil && !s.agent.child.ended }

// startAgent starts the agent's command, the first time or again.
func (s *Supervisor) startAgent() {
	a := &s.agent
	if !a.limit.allow(time.Now()) {
		s.log.error("gave up", "starts", a.limit.burst, "interval", a.limit.interval.String(), "exit_code", a.last.ExitCode())
		s.finish(outcome{status: a.last, err: &GaveUpError{Status: a.last}})
		return
	}
	first := a.started == 0
	if first {
		s.keepers = s.identities()
	}
	a.oom = s.readOOM()
	if s.plan.Agent.Follow != nil {
		s.prepareFollow()
	}
	c := &child{role: roleAgent, keep: true}
	err := s.startChild(c, spawnRequest{
		cmd: s.plan.Agent.Command, files: [3]uintptr{0, 1, 2},
		inherited: s.inherited, tty: s.terminal.offer(), pdeathsig: true,
	})
	if err != nil {
		s.agentNotStarted(err, first)
		return
	}
	a.child, a.leader, a.group, a.followed = c, nil, c.pid, false
	a.sent, a.killed = 0, false
	a.started++
	if first {
		s.leaveWorkingDir()
	}
	if s.plan.Agent.Follow != nil {
		s.beginFollow(c)
		return
	}
	s.log.info("agent started", "pid", c.pid, "attempt", a.started)
	s.agentRuns()
}

// agentRuns is reached when the process that is the agent is known.
func (s *Supervisor) agentRuns() {
	s.enter(phaseRunning)
	s.arm()
	s.publish()
	s.scheduleHealth()
	s.trim()
}

// agentNotStarted decides about a command that could not be executed: that is
// for good, unless the machine was only short of something.
func (s *Supervisor) agentNotStarted(err error, first bool) {
	if first || !isTransient(err) {
		s.finish(outcome{status: s.agent.last, err: err})
		return
	}
	s.log.warn("start agent", "error", err)
	s.agent.failures++
	s.scheduleRestart()
}

// isTransient tells the errors of fork and exec that may be gone next time.
func isTransient(err error) bool {
	for _, errno := range []error{unix.EAGAIN, unix.ENOMEM, unix.EMFILE, unix.ENFILE, unix.ETXTBSY, unix.EINTR} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// onAgentEnd handles the end of the agent in whichever phase it comes.
func (s *Supervisor) onAgentEnd(c *child, status Status) {
	if s.phase == phaseStarting && s.startCommandEnded(c, status) || s.passedOn(c, status) {
		return
	}
	a := &s.agent
	s.disarm()
	status = s.judge(status)
	interrupted := s.terminal.interrupted(status)
	a.leader, a.child = c, nil
	a.last, a.lastEnd = status, time.Now()
	s.log.info("agent exited", describe(c.pid, status)...)
	s.terminal.takeBack(s.forker)
	s.stopHealth()
	s.timers.clear(timerFollow)
	s.timers.clear(timerFollowTimeout)
	switch s.phase {
	case phaseStarting, phaseRunning:
		s.outcome = s.afterRun(status, interrupted)
		s.enter(phaseDraining)
		s.climbDown(s.plan.Agent.Grace)
	case phaseDraining:
		s.outcome.status = status // we ended it, to start it again
		a.failures = countFailure(a.failures, status.RanFor, s.plan.Agent.BackoffReset)
	case phaseStopping:
		s.outcome.status = status
	case phaseFetching, phaseSetup, phaseBackoff, phaseDone:
	}
	s.sweep()
	s.lookAgain()
}

// judge finds out why the agent ended, and applies exit-remap.
func (s *Supervisor) judge(status Status) Status {
	switch {
	case status.Signal != sigKill:
	case s.agent.killed:
		status.Reason = ReasonKilledAfterGrace
	case s.oomKilled():
		status.Reason = ReasonOOMKilled
	}
	return status.remap(s.plan.Agent.ExitRemap)
}

// describe gives the log's keys for an ended process.
func describe(pid int, status Status) []any {
	keys := []any{"pid", pid, "exit_code", status.ExitCode(), "reason", string(status.Reason), "ran_for", status.RanFor.Round(time.Millisecond).String()}
	if status.Signal != 0 {
		keys = append(keys, "signal", status.Signal.String())
	}
	if status.CoreDumped {
		keys = append(keys, "core_dumped", true)
	}
	return keys
}

// afterRun decides what follows an end that we did not bring about.
// interrupted tells a ^C at the terminal, which the kernel sends to the agent
// alone: it means stop.
func (s *Supervisor) afterRun(status Status, interrupted bool) outcome {
	a := &s.agent
	asked := status.Signal != 0 && a.sent&status.Signal.bit() != 0
	if interrupted || !wantsRestart(s.plan.Agent.Restart, status, asked) {
		return outcome{status: status}
	}
	a.failures = countFailure(a.failures, status.RanFor, s.plan.Agent.BackoffReset)
	return outcome{status: status, restart: true}
}

// onDrained goes on once the ladder has reached the ground.
func (s *Supervisor) onDrained() {
	switch {
	case s.phase == phaseStopping, s.phase == phaseDraining && !s.outcome.restart && s.outcome.refresh == nil:
		s.finish(s.outcome)
	case s.outcome.refresh != nil:
		s.refreshDrained(s.outcome.refresh)
	case s.outcome.restart:
		s.scheduleRestart()
	}
}

// scheduleRestart waits out the backoff.
func (s *Supervisor) scheduleRestart() {
	plan, a := s.plan.Agent, &s.agent
	delay := backoff(plan.BackoffInitial, plan.BackoffMax, a.failures, s.random())
	s.log.info("restarting agent", "delay", delay.Round(time.Millisecond).String(), "attempt", a.started+1)
	s.enter(phaseBackoff)
	s.timers.set(timerBackoff, time.Now().Add(delay))
}

// finish gives Supervise its answer, after everything below has been stopped.
func (s *Supervisor) finish(o outcome) {
	if s.phase != phaseStopping && !s.final {
		s.final = true // now the daemons of the setup too, and helpers
		s.outcome = outcome{status: o.status, err: o.err}
		s.enter(phaseDraining)
		s.climbDown(s.grace)
		s.sweep()
		s.lookAgain()
		return
	}
	s.enter(phaseDone)
	if s.reply != nil {
		s.reply <- o
		s.reply = nil
	}
}
