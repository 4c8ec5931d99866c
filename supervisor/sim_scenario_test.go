//go:build linux

package supervisor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The scenarios are runs that are written down, one for each fault that the
// machine once had. All checks of the random runs hold in them, too.

// simCommands are what the commands of a scenario do; the last one of a role stands for all further runs.
type simCommands map[string][]*simProgram

// scenario makes a run in which nothing happens by chance.
func scenario(plan *Plan, commands simCommands) *simulation {
	sim := newSimulation(1, nil)
	sim.kernel = newSimKernel(sim, 7, 300)
	sim.makeSupervisor(Options{Grace: time.Second})
	sim.programs = func(role string, run int) *simProgram {
		list := commands[role]
		return list[min(run, len(list))-1]
	}
	plan.Agent.Command = Command{Argv: []string{"agent"}}
	plan.Refreshed = true
	sim.give(0, "plan", func() { sim.givePlan(plan) })
	return sim
}

// play runs a scenario to its end.
func (sim *simulation) play(t *testing.T) answer {
	t.Helper()
	err := sim.run()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(strings.Join(sim.trace, "\n"))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return *sim.answer
}

// stays is a program that runs until a signal ends it.
func stays() *simProgram { return &simProgram{} }

// ends is one that ends by itself.
func ends(after time.Duration, end simReaction) *simProgram {
	return &simProgram{acts: []simAct{{after, end}}}
}

// slowToStop has a worker that ends at once, and ends half a second after SIGTERM.
func slowToStop() *simProgram {
	return &simProgram{acts: []simAct{{0, simFork(stays())}}, on: map[Signal]simReaction{sigTerm: simLater(500*time.Millisecond, simExit(0))}}
}

func oneStep() []Step { return []Step{{Name: "step", Command: Command{Argv: []string{"step"}}}} }

func healthEvery(d time.Duration) *Health {
	return &Health{Command: Command{Argv: []string{"health"}}, Interval: d, Failures: 1}
}

func agentPlan(a Agent) *Plan { return &Plan{Agent: a} }

func restarting(a Agent) Agent {
	a.Restart, a.BackoffInitial, a.BackoffMax, a.Grace = RestartAlways, 100*time.Millisecond, time.Second, time.Second
	return a
}

func (sim *simulation) wantStarts(t *testing.T, n int) {
	t.Helper()
	if sim.starts["agent"] != n {
		t.Errorf("the agent was started %d times, want %d", sim.starts["agent"], n)
	}
}

func TestScenarioPlanWithoutHealthBySignal(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	plan.Health = healthEvery(time.Second)
	agent := stays()
	agent.on = map[Signal]simReaction{Signal(unix.SIGHUP): simIgnore}
	for _, at := range []time.Duration{500 * time.Millisecond, 1050 * time.Millisecond} { // before a check and during one
		sim := scenario(plan, simCommands{"agent": {agent}, "health": {ends(100*time.Millisecond, simExit(1))}})
		sim.askRefresh(at, Refresh{Action: RefreshSignal, Signal: Signal(unix.SIGHUP), Plan: &Plan{Agent: restarting(Agent{Command: Command{Argv: []string{"agent"}}})}})
		sim.signal(10*time.Second, sigTerm)
		sim.play(t)
		sim.wantStarts(t, 1)
	}
}

func TestScenarioShortageWithoutABackoff(t *testing.T) {
	t.Parallel()
	a := restarting(Agent{})
	a.BackoffInitial = 0
	sim := scenario(agentPlan(a), simCommands{"agent": {ends(time.Second, simExit(1)), stays()}})
	sim.after(500*time.Millisecond, func() { sim.kernel.startErr = unix.EAGAIN })
	sim.after(3*time.Second, func() { sim.kernel.startErr = nil })
	sim.signal(time.Minute, sigTerm)
	sim.play(t)
	sim.wantStarts(t, 2)
	if n := len(sim.saidAt("start agent")); n < 5 || n > 25 {
		t.Errorf("%d attempts in two seconds", n)
	}
}

func TestScenarioAgentThatOutlivesSIGKILL(t *testing.T) {
	t.Parallel()
	stuck := &simProgram{acts: []simAct{{0, simStick(10 * time.Second)}}}
	plan := agentPlan(restarting(Agent{}))
	plan.Health = healthEvery(time.Second)
	sim := scenario(plan, simCommands{"agent": {stuck, stays()}, "health": {ends(0, simExit(1)), ends(0, simExit(0))}})
	sim.signal(time.Minute, sigTerm)
	if a := sim.play(t); a.err != nil || a.status.ExitCode() != 143 {
		t.Errorf("got %+v", a)
	}
	sim.wantStarts(t, 2)
}

func TestScenarioEndDuringTheBackoff(t *testing.T) {
	t.Parallel()
	stuck := &simProgram{acts: []simAct{{0, simFork(stays())}, {0, simStick(7100 * time.Millisecond)}}}
	a := restarting(Agent{})
	a.BackoffInitial, a.BackoffMax = 10*time.Second, 10*time.Second
	plan := agentPlan(a)
	plan.Health = healthEvery(time.Second)
	sim := scenario(plan, simCommands{"agent": {stuck, stays()}, "health": {ends(0, simExit(1)), ends(0, simExit(0))}})
	sim.signal(time.Minute, sigTerm)
	if a := sim.play(t); a.err != nil || a.status.ExitCode() != 143 {
		t.Errorf("got %+v", a)
	}
}

func TestScenarioStartLimitOfAgentThatDoesNotDie(t *testing.T) {
	t.Parallel()
	stuck := &simProgram{acts: []simAct{{0, simStick(0)}}}
	a := restarting(Agent{})
	a.StartLimitBurst, a.StartLimitInterval = 1, time.Hour
	plan := agentPlan(a)
	plan.Health = healthEvery(time.Second)
	sim := scenario(plan, simCommands{"agent": {stuck, stays()}, "health": {ends(0, simExit(1))}})
	var gaveUp *GaveUpError
	if a := sim.play(t); !errors.As(a.err, &gaveUp) {
		t.Errorf("got %+v", a)
	}
	sim.wantStarts(t, 1)
}

func TestScenarioWhatWasThereBeforeIsNotFollowed(t *testing.T) {
	t.Parallel()
	a := restarting(Agent{})
	a.Follow = &Follow{LastChild: true, Timeout: 20 * time.Second}
	plan := agentPlan(a)
	plan.Setup = oneStep()
	// The step leaves an orphan that ends while the start command runs, which itself leaves nothing.
	orphan := &simProgram{acts: []simAct{{0, simSetsid}, {2 * time.Second, simExit(33)}}}
	leaves := &simProgram{acts: []simAct{{0, simFork(orphan)}, {50 * time.Millisecond, simExit(0)}}}
	sim := scenario(plan, simCommands{"step": {leaves}, "agent": {ends(2*time.Second, simExit(0))}})
	sim.signal(10*time.Second, sigTerm)
	sim.play(t)
	if said := sim.saidAt("agent started"); len(said) > 0 {
		t.Errorf("an orphan of the setup is the agent")
	}
}

func TestScenarioStepThatOutlivesSIGKILL(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	plan.Setup = oneStep()
	plan.Setup[0].Timeout = time.Second
	sim := scenario(plan, simCommands{"step": {ends(0, simStick(0))}, "agent": {stays()}})
	var setup *SetupError
	if a := sim.play(t); !errors.As(a.err, &setup) || !setup.TimedOut || sim.at > 20*time.Second {
		t.Errorf("got %+v after %s", a, sim.at)
	}
}

func TestScenarioCheckThatOutlivesSIGKILL(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	plan.Health = healthEvery(time.Second)
	sim := scenario(plan, simCommands{"agent": {stays()}, "health": {ends(0, simStick(time.Hour)), ends(0, simExit(0))}})
	sim.signal(time.Minute, sigTerm)
	sim.play(t)
	sim.wantStarts(t, 2)
}

func TestScenarioPIDOfADeadDaemonWithoutProc(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	plan.Setup = oneStep()
	daemon := &simProgram{acts: []simAct{{0, simSetsid}, {3 * time.Second, simExit(0)}}}
	leaves := &simProgram{acts: []simAct{{0, simFork(daemon)}, {50 * time.Millisecond, simExit(0)}}}
	sim := scenario(plan, simCommands{"step": {leaves}, "agent": {ends(5*time.Second, simExit(1)), slowToStop()}})
	sim.kernel.noProc = true
	sim.after(4*time.Second, func() { sim.kernel.lastPID = 8 }) // the daemon had 9
	sim.askRefresh(10*time.Second, Refresh{Action: RefreshRestart})
	sim.signal(20*time.Second, sigTerm)
	sim.play(t)
	sim.wantStarts(t, 3)
}

func TestScenarioPIDOfAnEndedHelper(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	helper := &simProgram{acts: []simAct{{0, simStopSelf}}}
	sim := scenario(plan, simCommands{"helper": {helper}, "agent": {ends(5*time.Second, simExit(1)), slowToStop()}})
	sim.kernel.noProc = true
	sim.queue = nil
	sim.askHelper(0)
	sim.give(time.Second, "plan", func() { sim.givePlan(plan) })
	sim.give(2*time.Second, "the context of a helper ends", func() { sim.s.cancelHelper(sim.helpers[0].child) })
	sim.after(4*time.Second, func() { sim.kernel.lastPID = 7 }) // the helper had 8
	sim.askRefresh(10*time.Second, Refresh{Action: RefreshRestart})
	sim.signal(20*time.Second, sigTerm)
	sim.play(t)
	sim.wantStarts(t, 3)
}

func TestScenarioPIDFileOfAStranger(t *testing.T) {
	t.Parallel()
	a := restarting(Agent{})
	a.Follow = &Follow{PIDFile: "/run/agent.pid", Timeout: time.Second}
	sim := scenario(agentPlan(a), simCommands{"agent": {ends(10*time.Millisecond, simExit(0))}})
	stranger := sim.kernel.fork(nil, stays(), simOrigin{role: "stranger"})
	sim.after(5*time.Millisecond, func() { simWritePID("/run/agent.pid")(sim, stranger) })
	sim.signal(5*time.Second, sigTerm)
	sim.play(t)
	if said := sim.saidAt("agent started"); len(said) > 0 {
		t.Errorf("a stranger is the agent")
	}
}

func TestScenarioGivesUpBeforeTheBackoff(t *testing.T) {
	t.Parallel()
	a := restarting(Agent{})
	a.StartLimitBurst, a.StartLimitInterval = 2, time.Hour
	sim := scenario(agentPlan(a), simCommands{"agent": {ends(time.Second, simExit(9))}})
	var gaveUp *GaveUpError
	if a := sim.play(t); !errors.As(a.err, &gaveUp) || a.status.ExitCode() != 9 {
		t.Errorf("got %+v", a)
	}
	sim.wantStarts(t, 2)
	if n := len(sim.saidAt("restarting agent")); n != 1 {
		t.Errorf("%d restarts are announced", n)
	}
}

func TestScenarioRefreshDuringASetup(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	plan.Setup = oneStep()
	sim := scenario(plan, simCommands{"step": {ends(time.Second, simExit(0))}, "agent": {stays()}})
	asked := sim.askRefresh(500*time.Millisecond, Refresh{Action: RefreshRestart})
	sim.signal(10*time.Second, sigTerm)
	sim.after(800*time.Millisecond, func() {
		if asked.answered {
			t.Error("it does not wait for the setup")
		}
	})
	sim.play(t)
	if asked.result.End != TrialKept {
		t.Errorf("answered: %+v, %v", asked.result, asked.err)
	}
	sim.wantStarts(t, 2)
}

func TestScenarioSetupOfARefreshFails(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	sim := scenario(plan, simCommands{"step": {ends(time.Second, simExit(3))}, "agent": {stays()}})
	fresh := agentPlan(restarting(Agent{Command: Command{Argv: []string{"agent"}}}))
	fresh.Setup = oneStep()
	asked := sim.askRefresh(time.Second, Refresh{Action: RefreshSetupAndRestart, Plan: fresh})
	sim.signal(time.Minute, sigTerm)
	sim.after(30*time.Second, func() {
		if p := sim.agentMain(); p == nil || len(p.got) > 0 {
			t.Errorf("the agent was touched: %v", p)
		}
		var setup *SetupError
		if asked.result.End != TrialSetupFailed || !errors.As(asked.result.Err, &setup) || setup.Status.Code != 3 {
			t.Errorf("answered: %+v, %v", asked.result, asked.err)
		}
	})
	sim.play(t)
	sim.wantStarts(t, 1)
}

func TestScenarioAgentLeavesItsGroup(t *testing.T) {
	t.Parallel()
	other := &simProgram{acts: []simAct{{0, simOwnGroup}}, on: map[Signal]simReaction{sigTerm: simIgnore}}
	agent := &simProgram{acts: []simAct{{0, simFork(other)}, {10 * time.Millisecond, simJoinChild}}}
	sim := scenario(agentPlan(restarting(Agent{})), simCommands{"agent": {agent}})
	sim.signal(time.Second, sigTerm)
	if a := sim.play(t); a.err != nil || a.status.Reason != ReasonSignalled || a.status.Signal != sigTerm {
		t.Errorf("got %+v", a)
	}
}

func TestScenarioSurvivorsAreNotCodeZero(t *testing.T) {
	t.Parallel()
	stuck := &simProgram{acts: []simAct{{0, simStick(0)}}}
	agent := &simProgram{acts: []simAct{{0, simFork(stuck)}, {time.Second, simExit(0)}}}
	sim := scenario(agentPlan(Agent{Restart: RestartNo, Grace: time.Second}), simCommands{"agent": {agent}})
	var survivors *SurvivorsError
	if a := sim.play(t); !errors.As(a.err, &survivors) {
		t.Errorf("got %+v", a)
	}
}

func TestScenarioLeftoversOfAHealthCheck(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	plan.Health = healthEvery(time.Second)
	leaves := &simProgram{acts: []simAct{{0, simFork(stays())}, {10 * time.Millisecond, simExit(0)}}}
	sim := scenario(plan, simCommands{"agent": {stays()}, "health": {leaves}})
	sim.after(10500*time.Millisecond, func() {
		for _, p := range sim.kernel.sorted() {
			if p.origin.role == "health" && p.state != 'Z' {
				t.Errorf("%s is left", p)
			}
		}
	})
	sim.signal(20*time.Second, sigTerm)
	sim.play(t)
}

func TestScenarioLeftoversOfASetup(t *testing.T) {
	t.Parallel()
	plan := agentPlan(restarting(Agent{}))
	plan.Setup = oneStep()
	daemon := &simProgram{acts: []simAct{{0, simSetsid}}}
	leaves := &simProgram{acts: []simAct{{0, simFork(daemon)}, {0, simFork(stays())}, {10 * time.Millisecond, simExit(0)}}}
	sim := scenario(plan, simCommands{"step": {leaves}, "agent": {ends(2*time.Second, simExit(1)), stays()}})
	sim.after(10*time.Second, func() {
		var left []int
		for _, p := range sim.kernel.sorted() {
			if p.origin.role == "step" {
				left = append(left, p.pid)
				if p.session != p.pid || len(p.got) > 0 {
					t.Errorf("%s got %v", p, p.got)
				}
			}
		}
		if len(left) != 1 {
			t.Errorf("%v are left of the setup", left)
		}
	})
	sim.signal(20*time.Second, sigTerm)
	sim.play(t)
	sim.wantStarts(t, 2)
}

func TestScenarioSecondInterruptKills(t *testing.T) {
	t.Parallel()
	deaf := &simProgram{on: map[Signal]simReaction{sigInt: simIgnore, sigTerm: simIgnore}}
	sim := scenario(agentPlan(Agent{Restart: RestartAlways, Grace: time.Hour}), simCommands{"agent": {deaf}})
	sim.signal(time.Second, sigInt)
	sim.signal(2*time.Second, sigInt)
	if a := sim.play(t); a.status.Reason != ReasonKilledAfterGrace || sim.at > time.Minute {
		t.Errorf("got %+v after %s", a, sim.at)
	}
}

func TestScenarioOneSIGTERMForEach(t *testing.T) {
	t.Parallel()
	// A worker that takes its time got it together with the agent.
	worker := &simProgram{on: map[Signal]simReaction{sigTerm: simLater(500*time.Millisecond, simExit(0))}}
	agent := &simProgram{acts: []simAct{{0, simFork(worker)}}}
	sim := scenario(agentPlan(restarting(Agent{})), simCommands{"agent": {agent}})
	var seen []*simProc
	sim.after(500*time.Millisecond, func() { seen = sim.kernel.sorted() })
	sim.signal(time.Second, sigTerm)
	sim.play(t)
	for _, p := range seen {
		if p.origin.role == "agent" && !slices.Equal(p.got, []Signal{sigTerm}) {
			t.Errorf("%s got %v", p, p.got)
		}
	}
}
