//go:build linux

package supervisor

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// trialOf makes a run whose first agent stays, and whose second one is on trial from the first second on.
func trialOf(t *testing.T, second *simProgram, change func(*Refresh)) (*simulation, *simRefresh) {
	t.Helper()
	a := restarting(Agent{StartLimitBurst: 1, StartLimitInterval: time.Hour})
	sim := scenario(agentPlan(a), simCommands{"agent": {stays(), second, stays()}, "health": {ends(100*time.Millisecond, simExit(1))}, "step": {ends(time.Second, simExit(3))}})
	a.Command = Command{Argv: []string{"agent"}}
	r := Refresh{Action: RefreshRestart, Plan: agentPlan(a), Probation: 30 * time.Second}
	if change != nil {
		change(&r)
	}
	asked := sim.askRefresh(time.Second, r)
	sim.signal(10*time.Minute, sigTerm)
	return sim, asked
}

// answeredAt is when the answer came.
func (sim *simulation) answeredAt(t *testing.T, asked *simRefresh, want TrialEnd, from, to time.Duration) {
	t.Helper()
	if asked.result.End != want || asked.at < from || asked.at > to {
		t.Errorf("ended as %+v after %s, want %s between %s and %s", asked.result, asked.at, want, from, to)
	}
}

const aMoment = 100 * time.Millisecond

func TestScenarioTrialIsKept(t *testing.T) {
	t.Parallel()
	sim, asked := trialOf(t, stays(), nil)
	sim.play(t)
	sim.answeredAt(t, asked, TrialKept, 31*time.Second, 31*time.Second+aMoment)
	sim.wantStarts(t, 2)
}

func TestScenarioAgentDiesInItsProbation(t *testing.T) {
	t.Parallel()
	for after, starts := range map[time.Duration]int{0: 3, 29900 * time.Millisecond: 3} {
		sim, asked := trialOf(t, ends(after, simExit(0)), nil)
		sim.play(t)
		sim.answeredAt(t, asked, TrialDied, time.Second+after, time.Second+after+aMoment)
		sim.wantStarts(t, starts)
		if said := sim.saidAt("rolled back"); len(said) != 1 {
			t.Errorf("rolled back at %v", said)
		}
	}
}

// TestScenarioAgentDiesAfterItsProbation: then its start limit counts, of which the first start is one.
func TestScenarioAgentDiesAfterItsProbation(t *testing.T) {
	t.Parallel()
	sim, asked := trialOf(t, ends(31*time.Second, simExit(9)), nil)
	var gaveUp *GaveUpError
	if a := sim.play(t); !errors.As(a.err, &gaveUp) {
		t.Errorf("got %+v", a)
	}
	sim.answeredAt(t, asked, TrialKept, 31*time.Second, 31*time.Second+aMoment)
	sim.wantStarts(t, 2)
}

func TestScenarioFilesTakeTheirTime(t *testing.T) {
	t.Parallel()
	for restore, at := range map[simRestore]time.Duration{restoreWorks: 9 * time.Second, restoreFails: 9 * time.Second, restoreHangs: restoreLimit} {
		sim, asked := trialOf(t, ends(time.Second, simExit(1)), nil)
		asked.restore, asked.takes = restore, 9*time.Second
		sim.play(t)
		sim.answeredAt(t, asked, TrialDied, 2*time.Second+at, 2*time.Second+at+aMoment)
		if started := sim.saidAt("agent started"); len(started) != 3 || started[2] < 2*time.Second+at {
			t.Errorf("starts at %v", started)
		}
	}
}

// TestScenarioAgentEndsWhileFilesArePutBack: it is started again only after them, and has not failed.
func TestScenarioAgentEndsWhileFilesArePutBack(t *testing.T) {
	t.Parallel()
	sim, asked := trialOf(t, stays(), func(r *Refresh) { r.Action, r.Plan.Setup = RefreshSetupAndRestart, oneStep() })
	asked.takes = 5 * time.Second
	sim.after(4*time.Second, func() { sim.kernel.deliver(sim.agentMain(), sigKill) })
	sim.play(t)
	sim.answeredAt(t, asked, TrialSetupFailed, 7*time.Second, 7*time.Second+aMoment)
	sim.wantStarts(t, 2)
	if started := sim.saidAt("agent started"); started[1] < 7*time.Second {
		t.Errorf("starts at %v", started)
	}
}

func TestScenarioShortageDuringATrial(t *testing.T) {
	t.Parallel()
	sim, asked := trialOf(t, stays(), nil)
	sim.after(500*time.Millisecond, func() { sim.kernel.startErr = unix.EAGAIN })
	sim.after(20*time.Second, func() { sim.kernel.startErr = nil })
	sim.play(t)
	sim.answeredAt(t, asked, TrialKept, 50*time.Second, 52*time.Second)
	sim.wantStarts(t, 2)
}

// TestScenarioStopWhileFilesArePutBack: the answer waits for them, while something is left to be stopped.
func TestScenarioStopWhileFilesArePutBack(t *testing.T) {
	t.Parallel()
	slow := &simProgram{on: map[Signal]simReaction{sigTerm: simLater(700*time.Millisecond, simExit(0))}}
	for takes, want := range map[time.Duration]time.Duration{2500 * time.Millisecond: 4500 * time.Millisecond, 9 * time.Second: 4700 * time.Millisecond} {
		sim, asked := trialOf(t, stays(), func(r *Refresh) { r.Action, r.Plan.Setup = RefreshSetupAndRestart, oneStep() })
		sim.programs = func(role string, _ int) *simProgram {
			if role == "step" {
				return ends(time.Second, simExit(3))
			}
			return slow
		}
		asked.takes = takes
		sim.signal(4*time.Second, sigTerm)
		sim.play(t)
		sim.answeredAt(t, asked, TrialStopped, want, want+aMoment)
		sim.wantStarts(t, 1)
	}
}

// TestScenarioNoRefreshOfAnAgentThatRunsOnce: its command is forgotten, so nothing could be rolled back.
func TestScenarioNoRefreshOfAnAgentThatRunsOnce(t *testing.T) {
	t.Parallel()
	plan := agentPlan(Agent{})
	sim := scenario(plan, simCommands{"agent": {stays()}})
	plan.Refreshed = false
	early := sim.askRefresh(0, Refresh{Action: RefreshSignal, Signal: Signal(unix.SIGHUP)})
	late := sim.askRefresh(time.Second, Refresh{Action: RefreshRestart})
	sim.signal(2*time.Second, sigTerm)
	sim.play(t)
	for _, asked := range []*simRefresh{early, late} {
		if !errors.Is(asked.err, errRunsOnce) {
			t.Errorf("answered: %+v, %v", asked.result, asked.err)
		}
	}
	sim.wantStarts(t, 1)
}

// TestScenarioCallerThatLeaves: a refresh that waits is not made any more; one that was taken goes on.
func TestScenarioCallerThatLeaves(t *testing.T) {
	t.Parallel()
	sim, asked := trialOf(t, stays(), nil)
	waits := sim.askRefresh(2*time.Second, Refresh{Action: RefreshRestart})
	for _, r := range []*simRefresh{asked, waits} {
		sim.give(3*time.Second, "the context of a refresh ends", func() { sim.s.withdraw(r.wait, errCallerGone) })
	}
	sim.play(t)
	sim.answeredAt(t, asked, TrialKept, 31*time.Second, 31*time.Second+aMoment)
	if !errors.Is(waits.err, errCallerGone) || waits.taken {
		t.Errorf("answered: %+v, %v", waits.result, waits.err)
	}
	sim.wantStarts(t, 2)
}

// TestScenarioChecksThatFailAtTheEndOfAProbation: it goes on until they say one thing or the other.
func TestScenarioChecksThatFailAtTheEndOfAProbation(t *testing.T) {
	t.Parallel()
	bad, good := ends(0, simExit(1)), ends(0, simExit(0))
	for name, test := range map[string]struct {
		checks []*simProgram // every 8 s, the first two within the probation of 20 s
		want   TrialEnd
		at     time.Duration
	}{
		"the last is good":    {[]*simProgram{bad, good, bad}, TrialKept, 21 * time.Second},
		"the next is good":    {[]*simProgram{good, bad, good}, TrialKept, 21 * time.Second},
		"the next but one is": {[]*simProgram{good, bad, bad, good}, TrialKept, 29 * time.Second},
		"none is":             {[]*simProgram{good, bad}, TrialUnhealthy, 29 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, asked := trialOf(t, stays(), func(r *Refresh) {
				r.Probation = 20 * time.Second
				r.Plan.Health = healthEvery(8 * time.Second)
				r.Plan.Health.Failures = 3
			})
			programs := sim.programs
			sim.programs = func(role string, run int) *simProgram {
				if role == "health" {
					return test.checks[min(run, len(test.checks))-1]
				}
				return programs(role, run)
			}
			sim.signal(30*time.Second, sigTerm)
			sim.play(t)
			sim.answeredAt(t, asked, test.want, test.at, test.at+aMoment)
		})
	}
}
