//go:build linux

package supervisor

import (
	"time"
)

// daemonAfter limits how long a start command runs that puts its agent into the background.
const daemonAfter = time.Second

const daemonHint = "the agent ended at once and left processes behind: if it runs in the background, have it stay in the foreground, or name it by run.follow in the profile"

// logEnd logs the end of the agent: as a warning where it was not asked for, or
// where it did not end by itself when it was asked to.
func (s *Supervisor) logEnd(pid int, status Status, interrupted bool) {
	log := s.log.Warn
	if s.asked(status) || interrupted {
		log = s.log.Info
	}
	log("agent exited", describe(pid, status)...)
}

// asked reports whether an end of the agent was wanted: a stop, a
// refresh or a step of its setup, a signal that came through tsboot, or a command that is to run
// once and has ended well.
func (s *Supervisor) asked(status Status) bool {
	switch {
	case status.Reason == ReasonUnhealthy, status.Reason == ReasonKilledAfterGrace, status.Reason == ReasonOOMKilled:
		return false
	case s.phase == phaseStopping, s.phase == phaseDraining && (s.next.kind == nextReplace || s.next.kind == nextAgain), s.setup.active, s.endsByBadSetup():
		return true
	}
	return s.agent.sentTo(status) || s.plan.Agent.startsOnce() && status.ExitCode() == 0
}

// sentTo reports whether the agent died of a signal that came through tsboot.
func (a *agentState) sentTo(status Status) bool {
	return status.Signal != 0 && a.sent&status.Signal.Bit() != 0
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

// warnAboutDaemon says what to do about an agent that puts itself into the
// background: its start command ends at once, and the daemon is then stopped
// as something left behind.
func (s *Supervisor) warnAboutDaemon(status Status) {
	if s.plan.Agent.Follow != nil || s.trial.decides() || status.ExitCode() != 0 || status.RanFor >= daemonAfter {
		return
	}
	if n := len(s.survivors()); n > 0 {
		s.log.Warn(daemonHint, "count", n)
	}
}

// survivors lists what is to be stopped. Some may have been sent SIGTERM together
// with the agent; what already dies of it is not worth a word.
func (s *Supervisor) survivors() []int {
	var pids []int
	for _, pid := range s.below() {
		if st, ok := s.kernel.Identify(pid); ok && !st.Zombie() && !st.Dying {
			pids = append(pids, pid)
		}
	}
	return pids
}

// oomKilled compares the counter with the one read before the agent's start.
func (s *Supervisor) oomKilled() bool {
	return s.agent.oom.Grown(s.kernel.ReadOOM())
}
