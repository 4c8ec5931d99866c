//go:build linux

package supervisor

import (
	"errors"
	"time"

	"github.com/tsboot/tsboot/supervisor/process"
)

func (sim *simulation) takeAnswer() {
	if sim.answer != nil || sim.reply == nil {
		return
	}
	select {
	case o := <-sim.reply:
		sim.answer = &o
		sim.tracef("Supervise: %+v, %v", o.status, o.err)
		sim.checkAnswer(o)
		sim.give(sim.upTo(time.Second), "interrupt", sim.s.onInterrupt)
	default:
	}
}

func (sim *simulation) takeHelpers() {
	for i, h := range sim.helpers {
		select {
		case end := <-h.ended:
			if h.answered {
				sim.failf("helper %d has a second answer", i+1)
			}
			h.answered = true
			if h.child == nil {
				continue // it was not started
			}
			p := sim.ends[h.child.pid]
			if p == nil || process.NewStatus(p.status, 0).ExitCode() != end.Status.ExitCode() {
				sim.failf("helper %d ended as %+v, not as %v", i+1, end.Status, p)
			}
		default:
		}
	}
}

func (sim *simulation) checkAnswer(o answer) {
	var stop *StopError
	var setup *SetupError
	var exec *ExecError
	var gaveUp *GaveUpError
	var survivors *SurvivorsError
	switch {
	case sim.s.phase != phaseDone:
		sim.failf("an answer in phase %s", sim.s.phase)
	case errors.As(o.err, &stop):
		if !sim.stopped && sim.s.stop.signal == 0 {
			sim.failf("stopped by nobody")
		}
	case errors.As(o.err, &setup), errors.As(o.err, &exec):
	case errors.As(o.err, &gaveUp):
		sim.checkStatus(gaveUp.Status)
		sim.checkStatus(o.status)
	case errors.As(o.err, &survivors):
	case o.err != nil:
		sim.failf("undocumented error %v", o.err)
	default:
		sim.checkStatus(o.status)
	}
	if sim.s.survived && o.err == nil && o.status.ExitCode() == 0 {
		sim.failf("code 0 although processes survive SIGKILL")
	}
}

func (sim *simulation) exited(pid, code int) {
	p := sim.ends[pid]
	followed := sim.s.agent.followed
	// A daemon of the setup may have forked meanwhile; without /proc the age of a survivor is not known.
	guess := followed && p != nil && (p.origin.role == "step" || sim.kernel.noProc && sim.survivals > 0)
	if !guess && (p == nil || p.origin.role != "agent" || p.origin.run != sim.starts["agent"]) {
		sim.failf("%d, which is said to be the agent that ended, is %v", pid, p)
	}
	real := process.NewStatus(p.status, 0).Remap(sim.s.plan.Agent.ExitRemap)
	if real.ExitCode() != code {
		sim.failf("%s ended with %d, not %d", p, real.ExitCode(), code)
	}
	if run := p.origin.run; run == sim.lastRun && !followed && !guess {
		sim.failf("run %d ended twice", run)
	}
	if sim.lastCode = code; !guess {
		sim.lastRun = p.origin.run
	}
}

// daemonExited holds that what is said of a daemon's end is how that process ended.
func (sim *simulation) daemonExited(pid, code int) {
	if p := sim.ends[pid]; p == nil || process.NewStatus(p.status, 0).ExitCode() != code {
		sim.failf("daemon %d is said to have ended with %d, it is %v", pid, code, p)
	}
}

func (sim *simulation) checkStatus(status Status) {
	if status.ExitCode() != sim.lastCode {
		sim.failf("the answer is %d, the agent ended with %d", status.ExitCode(), sim.lastCode)
	}
}

func (sim *simulation) checkEnd() {
	sim.event = "the end"
	for i, h := range sim.helpers {
		if !h.answered && sim.survivals == 0 {
			sim.failf("helper %d has no answer", i+1)
		}
	}
	for _, r := range sim.asked {
		if r.taken != r.answered || r.taken == (r.err != nil) {
			sim.failf("refresh %d has no answer: %+v", r.n, r)
		}
	}
	sim.checkQuestions()
	if sim.reply != nil && sim.answer == nil {
		sim.failf("Supervise has no answer")
	}
}
