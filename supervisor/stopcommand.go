//go:build linux

package supervisor

import (
	"os"

	"github.com/tsboot/tsboot/supervisor/process"
)

// stopRun is the stop command of one shutdown.
type stopRun struct {
	begun  bool
	failed bool
	child  *child // nil when it has ended
	signal Signal // what the agent gets where the command fails
}

// endAgent has the agent end: by its stop command, once in a shutdown, or by a signal.
// A start command that has not left the agent behind yet only gets the signal.
func (s *Supervisor) endAgent(sig Signal) {
	run, a := &s.shutdown.stop, &s.plan.Agent
	switch {
	case a.Stop == nil, run.failed, a.Follow != nil && !s.agent.followed:
		s.stopAgent(sig)
	case run.begun:
		run.signal = sig
	default:
		run.begun, run.signal = true, sig
		s.wakeAgent()
		s.startStopCommand()
	}
}

// startStopCommand runs it without a timeout of its own: the grace is its limit, too.
// What it prints is masked by nothing, so it is shown only where there are no secrets.
func (s *Supervisor) startStopCommand() {
	var stdio process.Stdio
	if !s.hadSecrets {
		sink := &process.Sink{To: os.Stderr}
		stdio = process.Stdio{Output: sink, Errors: sink}
	}
	c, err := s.runShort(shortRun{role: roleStop, command: *s.plan.Agent.Stop, stdio: stdio, onEnd: s.onStopCommandEnd})
	if err != nil {
		s.stopCommandFailed("error", err)
		return
	}
	s.shutdown.stop.child = c
}

// onStopCommandEnd awaits the agent after code 0. What the command left in its group is
// ended with all else that is left.
func (s *Supervisor) onStopCommandEnd(c *child, end shortEnd) {
	s.release(c)
	if c != s.shutdown.stop.child {
		return // of an earlier shutdown, which SIGKILL did not end in time
	}
	s.shutdown.stop.child = nil
	switch {
	case end.status.ExitCode() != 0:
		s.stopCommandFailed(describe(c.pid, end.status)...)
	case !s.agentAlive():
		s.stopPeers()
	}
}

// stopCommandFailed says so, and sends the signal to an agent that is still there.
func (s *Supervisor) stopCommandFailed(why ...any) {
	run := &s.shutdown.stop
	run.failed = true
	if s.shutdown.killing || !s.agentAlive() && len(s.agent.peers) == 0 {
		return
	}
	s.log.Warn("stop command failed: the agent gets the stop signal", append([]any{"stop_signal", run.signal.String()}, why...)...)
	s.stopAgent(run.signal)
}

// stopRuns reports whether the stop command still runs: what it does may be how the
// rest ends, so that is not signalled yet.
func (s *Supervisor) stopRuns() bool { return s.shutdown.stop.child != nil }
