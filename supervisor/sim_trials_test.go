//go:build linux

package supervisor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The generations of a run: each refresh brings a new one. Its number stands in the
// environment of its agent, and for its files.

// simGeneration is a plan by the number in its environment, and the files.
type simGeneration struct{ plan, files int }

// simRestore is what Restore does.
type simRestore int

const (
	restoreWorks simRestore = iota
	restoreFails
	restoreHangs
	restoreNone // there is nothing to put back
)

// simRefresh is a call of Refresh and its answer.
type simRefresh struct {
	n        int
	wait     *refreshWait
	reply    chan TrialResult
	fresh    simGeneration
	restore  simRestore
	takes    time.Duration // the time of Restore
	restored int           // how often it was called
	taken    bool
	answered bool
	result   TrialResult
	at       time.Duration // of the answer
	err      error         // it was not taken
}

var errRestoreFails = errors.New("no space left")

func (sim *simulation) someRefresh(d time.Duration) {
	r := Refresh{Action: pick(sim, RefreshRestart, RefreshSetupAndRestart, RefreshSignal), Signal: Signal(unix.SIGHUP)}
	r.Probation = pick(sim, 0, 100*time.Millisecond, 5*time.Second, 30*time.Second)
	if sim.chance(70) {
		r.Plan = sim.somePlan()
	}
	asked := sim.askRefresh(d, r)
	asked.restore = pick(sim, restoreWorks, restoreWorks, restoreWorks, restoreFails, restoreHangs, restoreNone)
	asked.takes = sim.upTo(pick(sim, time.Millisecond, time.Second, 9*time.Second))
	if sim.chance(10) {
		sim.give(d+sim.someSpan(), "the context of a refresh ends", func() { sim.s.withdraw(asked.wait, errCallerGone) })
	}
}

var errCallerGone = errors.New("the caller is gone")

// askRefresh is a call of Refresh, whose files are put in place when it is taken.
func (sim *simulation) askRefresh(d time.Duration, r Refresh) *simRefresh {
	sim.generations++
	asked := &simRefresh{n: sim.generations, reply: make(chan TrialResult, 2)}
	if r.Plan != nil {
		plan := *r.Plan
		plan.Agent.Env = []string{fmt.Sprintf("GENERATION=%d", asked.n)}
		r.Plan = &plan
	}
	asked.wait = &refreshWait{turn: make(chan error, 2), take: func() { sim.take(asked, r) }}
	sim.give(d, fmt.Sprintf("refresh %d: %s", asked.n, r.Action), func() {
		sim.asked = append(sim.asked, asked)
		sim.s.queueRefresh(asked.wait)
	})
	return asked
}

// take is the turn of a refresh.
func (sim *simulation) take(asked *simRefresh, r Refresh) {
	sim.takeReplies() // of the one before, whose trial may have ended in this event
	if t := sim.onTrial(); t != nil {
		sim.failf("refresh %d is taken during the trial of %d", asked.n, t.n)
	}
	asked.taken, sim.counts = true, false
	asked.fresh = simGeneration{sim.good.plan, asked.n}
	if r.Plan != nil {
		asked.fresh.plan = asked.n
	}
	sim.files = asked.n
	if sim.programs == nil && sim.chance(30) {
		r.Since = sim.now().Add(-sim.someSpan())
	}
	if asked.restore != restoreNone {
		r.Restore = func() error {
			if asked.restore == restoreFails {
				return errRestoreFails
			}
			if !asked.answered { // else it comes late: tsboot was suspended
				sim.files = sim.good.files
			}
			return nil
		}
	}
	sim.tracef("  refresh %d is taken: %+v", asked.n, asked.fresh)
	sim.s.takeRefresh(&refreshRequest{Refresh: r, reply: asked.reply})
}

// onTrial is the refresh that was taken and has no answer yet.
func (sim *simulation) onTrial() *simRefresh {
	for _, r := range sim.asked {
		if r.taken && !r.answered && len(r.reply) == 0 {
			return r
		}
	}
	return nil
}

// background is system.background for Restore.
func (sim *simulation) background(work func() error, done func(error)) {
	t := sim.onTrial()
	if t == nil {
		sim.failf("Restore is called after the trial")
	}
	if t.restored++; t.restored > 1 {
		sim.failf("Restore of refresh %d is called again", t.n)
	}
	if t.restore == restoreHangs {
		return
	}
	var err error
	sim.after(t.takes, func() { err = work() })
	sim.give(t.takes+sim.brief(), "restored", func() { done(err) })
}

// noteGeneration is called when the agent starts: it runs on its own files, except
// where the files could not be put back.
func (sim *simulation) noteGeneration(env []string) {
	sim.takeReplies() // a trial may have ended in this event
	got := simGeneration{files: sim.files}
	for _, entry := range env {
		_, _ = fmt.Sscanf(entry, "GENERATION=%d", &got.plan)
	}
	t := sim.onTrial()
	switch {
	case got == sim.good:
	case t != nil && got == t.fresh && t.restored == 0:
	case got.plan == sim.good.plan && sim.spoilt:
	case t != nil && got.plan == sim.good.plan && (t.restore != restoreWorks || sim.suspension):
	default:
		sim.failf("the agent starts as %+v, the last good one is %+v, the trial is %+v", got, sim.good, t)
	}
}

// takeReplies holds that each refresh has one answer, and what it says.
func (sim *simulation) takeReplies() {
	for _, r := range sim.asked {
		select {
		case err := <-r.wait.turn:
			if r.err != nil || err == nil != r.taken {
				sim.failf("refresh %d is refused: %v, taken: %v", r.n, err, r.taken)
			}
			r.err = err
		default:
		}
		select {
		case result := <-r.reply:
			sim.tracef("refresh %d: %+v", r.n, result)
			if r.answered {
				sim.failf("refresh %d has a second answer: %v", r.n, result)
			}
			r.answered, r.result, r.at = true, result, sim.at
			sim.checkResult(r)
		default:
		}
	}
}

// checkResult holds that plan and files are what the end of a trial says.
func (sim *simulation) checkResult(r *simRefresh) {
	switch r.result.End {
	case TrialKept:
		sim.good, sim.spoilt = r.fresh, false
		if r.restored > 0 || r.result.Err != nil {
			sim.failf("refresh %d is kept, but %+v", r.n, r)
		}
	case TrialStopped:
		if !sim.s.stopsAll() && sim.s.phase != phaseDone {
			sim.failf("refresh %d is stopped by nobody", r.n)
		}
		return
	case TrialDied, TrialUnhealthy, TrialSetupFailed, TrialNotStarted:
		if r.result.Err == nil {
			sim.failf("refresh %d does not say why: %+v", r.n, r.result)
		}
		late := sim.suspension && errors.Is(r.result.RestoreErr, errRestoreHangs)
		broken := r.restore == restoreFails || r.restore == restoreHangs || late
		if broken == (r.result.RestoreErr == nil) {
			sim.failf("refresh %d: Restore ended with %v", r.n, r.result.RestoreErr)
		}
		sim.spoilt = sim.spoilt || r.restore != restoreWorks || late
	default:
		sim.failf("refresh %d ended as %q", r.n, r.result.End)
	}
	if sim.seen != nil {
		sim.seen.messages["trial: "+string(r.result.End)]++
	}
	if sim.files != sim.good.files && !sim.spoilt {
		sim.failf("after refresh %d the files are %d, want %d", r.n, sim.files, sim.good.files)
	}
	if got := sim.planNumber(); got != sim.good.plan {
		sim.failf("after refresh %d the plan is %d, want %d", r.n, got, sim.good.plan)
	}
}

// planNumber is that of the machine's plan.
func (sim *simulation) planNumber() int {
	n := 0
	for _, entry := range sim.s.plan.Agent.Env {
		_, _ = fmt.Sscanf(entry, "GENERATION=%d", &n)
	}
	return n
}

// checkTrial holds that each state of a trial waits for something, and that nothing
// of a trial is left after it.
func (sim *simulation) checkTrial() {
	s := sim.s
	t := &s.trial
	active := func(kinds ...timerKind) bool { return slices.ContainsFunc(kinds, s.timers.active) }
	ok := true
	switch t.state {
	case trialNone:
		ok = t.request == nil && t.fresh == nil && t.previous == nil && !active(timerProbation, timerRestore)
	case trialSetup, trialRepeating:
		ok = s.setup.active && s.setup.kind == setupBeside
	case trialReplacing:
		ok = s.phase == phaseDraining && s.next.kind == nextReplace || s.phase == phaseStarting ||
			s.phase == phaseSetup && s.setup.kind == setupBefore || s.phase == phaseBackoff && active(timerBackoff)
	case trialProbation:
		ok = s.phase == phaseRunning && active(timerProbation)
	case trialChecking:
		ok = s.phase == phaseRunning && (s.health.child != nil && s.health.counts || active(timerHealth))
	case trialUndoing:
		ok = s.phase == phaseDraining && s.next.kind == nextUndo
	case trialRestoring:
		ok = active(timerRestore) && (s.stopsAll() || !active(timerBackoff))
	}
	if !ok || (sim.onTrial() == nil) != (t.state == trialNone) {
		sim.failf("the trial is %s in phase %s: timers %v, %+v", trials[t.state].name, s.phase, s.timers.due, s.next)
	}
	if s.stopsAll() && t.state != trialNone && !t.stopped {
		sim.failf("the trial goes on after a stop: %s", trials[t.state].name)
	}
}

// someHealthQuestion is a call of CheckHealth, or several at once.
func (sim *simulation) someHealthQuestion(d time.Duration) {
	sim.give(d, "health?", func() {
		for range 1 + sim.rng.IntN(3) {
			reply := make(chan error, 2)
			sim.questions = append(sim.questions, reply)
			sim.s.askHealth(reply)
		}
	})
}

// checkQuestions holds at the end that each was answered once.
func (sim *simulation) checkQuestions() {
	for i, reply := range sim.questions {
		if len(reply) != 1 {
			sim.failf("question %d after the health has %d answers", i+1, len(reply))
		}
	}
}

// trialEdges are those of the table, as simLog notes them.
func trialEdges() []string {
	var edges []string
	for from, t := range trials {
		for _, to := range t.next {
			edges = append(edges, trials[from].name+" > "+trials[to].name)
		}
		for _, end := range t.ends {
			edges = append(edges, trials[from].name+" > "+strings.ReplaceAll(string(end), " ", "_"))
		}
	}
	return edges
}
