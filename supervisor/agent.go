//go:build linux

package supervisor

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// agentState is the agent of now and what is remembered of its earlier runs.
type agentState struct {
	child    *child   // the process that is the agent; nil while there is none
	peers    []*child // the other daemons that are the agent, too
	anyEnd   bool     // the end of a peer is that of the agent, too
	leader   *child   // it, when it has ended: kept until what it left behind is gone
	group    int      // the process group that gets its signals; 0: only itself
	followed bool     // it is the daemon that the start command left behind
	scope    SignalScope

	sent      process.SignalSet // what came through tsboot in this run
	killed    bool              // by tsboot's SIGKILL after the grace
	unhealthy bool              // its health check has ended this run
	setupBad  time.Time         // when the setup of a refresh failed beside this run; zero: none did
	oom       process.OOMCounter

	last     Status // of the run before
	lastEnd  time.Time
	started  int // runs so far
	failures int // short runs in a row
	limit    startLimit
	counts   bool // the start under way, or the next one, counts in it
}

// noteStart counts a start, if it counts.
func (a *agentState) noteStart(at time.Time) {
	if a.counts {
		a.limit.note(at)
	}
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
	s.display.Leave()
	s.forgetSetup(&s.plan)
	s.collect()
	a := &s.agent
	first := a.started == 0
	a.oom = s.kernel.ReadOOM()
	if s.plan.Agent.Follow != nil {
		s.prepareFollow()
	}
	c := &child{role: roleAgent, keep: true}
	err := s.startChild(c, process.Spec{
		Command: s.plan.Agent.Command, Files: [3]uintptr{0, 1, 2},
		Inherited: s.inherited, TTY: s.terminal.Offer(), DieWithParent: true,
	})
	if err != nil {
		s.agentNotStarted(err, first)
		return
	}
	a.noteStart(c.started)
	s.unkillable = nil
	a.child, a.peers, a.leader, a.group, a.followed = c, nil, nil, c.pid, false
	a.sent, a.killed, a.unhealthy, a.setupBad = 0, false, false, time.Time{}
	a.started++
	if first {
		s.leaveWorkingDir()
	}
	if s.plan.Agent.Follow != nil {
		s.beginFollow(c)
		return
	}
	s.log.Info("agent started", "pid", c.pid, "attempt", a.started)
	s.agentRuns()
}

// agentRuns is reached when the process that is the agent is known.
func (s *Supervisor) agentRuns() {
	s.enter(phaseRunning)
	s.arm()
	s.publish()
	s.scheduleHealth()
	if s.trial.state == trialReplacing {
		s.beginProbation()
	}
	if s.firstRun != nil {
		s.firstRun()
		s.firstRun = nil
	}
	s.settle()
}

// shortageDelay is the least time between two attempts to start an agent for
// which there is no process or memory, or of which a step before the start cannot be
// executed, also where the backoff is 0.
const shortageDelay = 100 * time.Millisecond

// agentNotStarted decides about a command that could not be executed. That is
// for good, unless the machine was only short of something: an agent that has
// run before is then started again after the backoff, as often as it takes.
func (s *Supervisor) agentNotStarted(err error, first bool) {
	switch {
	case !first && process.IsTransient(err):
		s.log.Warn("start agent", "error", err)
		s.agent.failures++
		s.scheduleRestart(max(s.backoffDelay(), shortageDelay))
	case s.trial.state == trialReplacing:
		s.giveUp(TrialNotStarted, err)
	default:
		s.finish(s.agent.last, err)
	}
}

// onAgentEnd handles the end of the agent in whichever phase it comes.
func (s *Supervisor) onAgentEnd(c *child, status Status) {
	if s.peerEnded(c, status) {
		return
	}
	if c != s.agent.child { // of an earlier run, which SIGKILL did not end in time
		s.log.Info("agent of an earlier run exited", describe(c.pid, status)...)
		s.release(c)
		return
	}
	if s.phase == phaseStarting && s.startCommandEnded(c, status) || s.followNextFork(c, status) {
		return
	}
	a := &s.agent
	s.disarm()
	status = s.classifyExit(status)
	interrupted := s.terminal.Interrupted(status)
	a.leader, a.child = c, nil
	a.last, a.lastEnd = status, s.now()
	s.logEnd(c.pid, status, interrupted)
	s.terminal.TakeBack()
	s.stopHealth()
	s.timers.clear(timerFollow)
	s.timers.clear(timerFollowTimeout)
	switch s.phase {
	case phaseStarting, phaseRunning:
		s.warnAboutDaemon(status)
		s.next = s.afterRun(status, interrupted)
		s.enter(phaseDraining)
		s.beginShutdown(s.plan.Agent.Grace)
	case phaseDraining: // it was stopped to start again
		s.next.status = status
		if s.next.kind == nextBackOff {
			s.next = s.afterFailure(status)
		}
	case phaseStopping:
		s.next.status = status
	case phaseFetching, phaseSetup, phaseBackoff, phaseDone: // SIGKILL did not end it in time
		s.agent.leader = nil
		s.release(c)
		return
	}
	s.publish()
	s.stopPeers()
	switch {
	case s.stopRuns():
		s.dropLeader() // the command may wait until the pid is gone
	case !s.peersStop():
		s.terminateRemaining()
	}
	s.lookAgain()
}

// classifyExit finds out why the agent ended, and applies exit-remap.
func (s *Supervisor) classifyExit(status Status) Status {
	switch {
	case s.agent.unhealthy:
		status.Reason = ReasonUnhealthy
	case status.Signal != sigKill:
	case s.agent.killed:
		status.Reason = ReasonKilledAfterGrace
	case s.oomKilled():
		status.Reason = ReasonOOMKilled
	}
	return status.Remap(s.plan.Agent.ExitRemap)
}

// afterRun decides what follows an end that tsboot did not cause.
// interrupted is a ^C at the terminal, which the kernel sends to the agent
// alone: it means stop.
func (s *Supervisor) afterRun(status Status, interrupted bool) next {
	switch {
	case interrupted:
		return next{kind: nextFinish, status: status}
	case s.trial.watches():
		return s.died(status)
	case s.endsByBadSetup():
		return next{kind: nextAgain, status: status}
	case !s.trial.decides() && !wantsRestart(s.plan.Agent.Restart, status, s.agent.sentTo(status)):
		return next{kind: nextFinish, status: status}
	}
	return s.afterFailure(status)
}

// afterFailure counts a run that failed and decides about the next one. While
// the setup of a refresh runs no end is a failure, because a step may stop the
// agent: the trial says what starts next.
func (s *Supervisor) afterFailure(status Status) next {
	if s.trial.decides() {
		return next{kind: nextHeld, status: status}
	}
	a := &s.agent
	a.failures = countFailure(a.failures, status.RanFor, s.plan.Agent.BackoffReset)
	return s.nextRun(status)
}

// nextRun says when the agent is started again, or that it was started too
// often. That is decided now, when the agent has ended: no backoff
// passes only to find that no start follows.
func (s *Supervisor) nextRun(last Status) next {
	a, delay := &s.agent, s.backoffDelay()
	if !a.limit.allows(s.now().Add(delay)) {
		s.log.Error("gave up", "starts", a.limit.burst, "interval", a.limit.interval.String(), "exit_code", last.ExitCode())
		return next{kind: nextFinish, status: last, err: &GaveUpError{Status: last}}
	}
	return next{kind: nextBackOff, status: last, delay: delay}
}

// backoffDelay is how long to wait after so many failed runs.
func (s *Supervisor) backoffDelay() time.Duration {
	return backoff(s.plan.Agent.BackoffInitial, s.plan.Agent.BackoffMax, s.agent.failures, s.random())
}

// closeInherited lets go of descriptors that no coming start needs: who reads
// the other end of a pipe must see its end when the agent closes it.
func (s *Supervisor) closeInherited() {
	for _, fd := range s.inherited {
		_ = unix.Close(fd)
	}
	s.inherited = nil
}
