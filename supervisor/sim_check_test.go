//go:build linux

package supervisor

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"
)

// simSaid is a line of the log.
type simSaid struct {
	at  time.Duration
	msg string
}

// saidAt lists when a message was logged.
func (sim *simulation) saidAt(msg string) []time.Duration {
	var at []time.Duration
	for _, s := range sim.said {
		if s.msg == msg {
			at = append(at, s.at)
		}
	}
	return at
}

// simAccount is what the checks remember of a life.
type simAccount struct {
	event    string // that the machine handles
	given    Agent  // of the plan
	endAsked bool

	reply     chan answer
	answer    *answer
	asked     []*simRefresh
	helpers   []*simHelper
	questions []chan error // after the health

	generations int           // so far
	good        simGeneration // the last one that was kept
	files       int           // the generation whose files are in place
	spoilt      bool          // files could not be put back

	starts     map[string]int   // by role
	counted    []time.Duration  // starts of the agent that count
	ends       map[int]*simProc // the last one of each pid
	lastRun    int              // whose end was seen
	lastCode   int
	stopped    bool
	downSince  time.Duration // when the last shutdown began; all of tsboot's stop
	down       bool
	everybody  bool // the shutdown is for all
	said       []simSaid
	retried    bool // a start of the agent for which there was a shortage
	counts     bool // the next start counts: it is the first, or a backoff led to it, and no trial
	burst      int  // of the start limit
	suspension bool
	stoppedRun int // of the agent for which a stop command was run
	survivals  int // how often processes have survived SIGKILL
}

func (sim *simulation) logged(level hclog.Level, msg string, args []any) {
	sim.tracef("  log %s: %s %v", level, msg, args)
	if sim.tracing {
		sim.said = append(sim.said, simSaid{sim.at, msg})
	}
	switch msg {
	case "unexpected change of phase", "unexpected change of a trial", "unexpected end of a trial", "lost the status of a child":
		sim.failf("%s %v", msg, args)
	case "daemon exited":
		sim.daemonExited(args[1].(int), args[3].(int))
	case "agent exited":
		sim.exited(args[1].(int), args[3].(int))
	case "processes survive SIGKILL":
		sim.survivals++
	}
	if sim.seen != nil {
		sim.seen.messages[msg]++
		if msg == "trial" {
			sim.seen.trials[fmt.Sprintf("%s > %s", args[1], args[3])]++
		}
	}
}

func (sim *simulation) setupOfRefresh() bool {
	return sim.s != nil && sim.s.setup.active && sim.s.setup.kind == setupBeside
}

// onSignal is a signal to tsboot. One that is forwarded reaches the agent that runs.
func (sim *simulation) onSignal(came Signal) {
	s := sim.s
	sig, use := s.rules.classify(came, true)
	main := sim.agentMain()
	before := 0
	if main != nil {
		before = len(main.got)
	}
	s.onSignal(came, true)
	if use == useForward && s.phase != phaseDone && s.phase != phaseBackoff && s.phase != phaseSetup && main != nil && main.state != 'Z' && !slices.Contains(main.got[before:], sig) {
		sim.failf("%s was not forwarded to %s", sig, main)
	}
}

// agentMain is the process that the machine takes for the agent, if it runs.
func (sim *simulation) agentMain() *simProc {
	if !sim.s.agentAlive() {
		return nil
	}
	if p := sim.kernel.procs[sim.s.agent.child.pid]; p != nil && p.state != 'Z' {
		return p
	}
	return nil
}

// noteStart is called when the machine starts something.
func (sim *simulation) noteStart(role string) simOrigin {
	if sim.starts == nil {
		sim.starts = map[string]int{}
	}
	s := sim.s
	if (s.phase == phaseStopping || s.phase == phaseDone || sim.stopped) && role != "stop" {
		sim.failf("%s is started after a stop", role)
	}
	sim.starts[role]++
	if role == "stop" {
		sim.noteStopCommand()
	}
	if role == "agent" {
		for _, p := range sim.kernel.sorted() {
			if p.origin.role != "agent" && p.origin.role != "health" || p.state == 'Z' || p.ofSetup {
				continue
			}
			hidden := sim.kernel.noProc && (sim.survivals > 0 || sim.refreshes) // below one that is stuck, or when a setup began
			if !hidden && (!p.stuck || !slices.Contains(p.got, sigKill)) {
				sim.failf("the agent is started beside %s", p)
			}
		}
		sim.noteCounted()
		sim.down = false // a shutdown that begins in the same event is another one
	}
	return simOrigin{role, sim.starts[role]}
}

// noteStopCommand holds that it runs while the agent does, and once in a shutdown.
func (sim *simulation) noteStopCommand() {
	s := sim.s
	if !s.agentAlive() || !s.shutdown.active || s.phase != phaseStopping && s.phase != phaseDraining {
		sim.failf("a stop command in phase %s", s.phase)
	}
	if run := sim.starts["agent"]; run == sim.stoppedRun && sim.survivals == 0 {
		sim.failf("another stop command for run %d", run)
	}
	sim.stoppedRun = sim.starts["agent"]
}

// noteCounted holds the start limit: starts by a refresh do not count.
func (sim *simulation) noteCounted() {
	retried, counts := sim.retried, sim.counts
	sim.retried, sim.counts = false, false
	if retried || !counts {
		return
	}
	burst, interval := sim.s.agent.limit.burst, sim.s.agent.limit.interval
	if burst != sim.burst { // a refresh has brought another limit
		sim.burst, sim.counted = burst, nil
	}
	sim.counted = append(sim.counted, sim.at)
	if burst > 0 && len(sim.counted) > burst {
		if since := sim.counted[len(sim.counted)-1-burst]; sim.at-since < interval {
			sim.failf("start %d within %s", burst+1, sim.at-since)
		}
	}
}

func (sim *simulation) noteEnd(p *simProc) {
	if sim.ends == nil {
		sim.ends = map[int]*simProc{}
	}
	sim.ends[p.pid] = p
}

// checkTarget is called for each signal that the machine sends.
func (sim *simulation) checkTarget(p *simProc, sig Signal) {
	if p == sim.kernel.root || !sim.kernel.below(p) {
		sim.failf("%s is sent to %s, which is not below tsboot", sig, p)
	}
	if sig == sigKill && p == sim.agentMain() {
		sim.checkKill(p)
	}
}

// checkKill holds that the agent has its grace before SIGKILL.
func (sim *simulation) checkKill(p *simProc) {
	s := sim.s
	grace := min(s.grace, s.plan.Agent.Grace, sim.given.Grace)
	switch {
	case !s.shutdown.active:
		sim.failf("SIGKILL to %s, which nobody stops", p)
	case slices.Contains(p.got, sigKill): // again
	case s.stop.interrupts < 2 && sim.down && sim.at-sim.downSince < grace && s.phase == phaseDraining:
		sim.failf("SIGKILL to %s after %s, its grace is %s", p, sim.at-sim.downSince, grace)
	}
}

// check looks at all that must hold between two events.
func (sim *simulation) check() {
	s := sim.s
	sim.takeAnswer()
	sim.takeReplies()
	sim.takeHelpers()
	if down := s.shutdown.active; down && (!sim.down || s.stopsAll() && !sim.everybody) {
		sim.downSince = sim.at
	}
	sim.down, sim.everybody = s.shutdown.active, s.stopsAll()
	if sim.kernel.suspended {
		sim.suspension = true
	}
	if s.phase == phaseStopping || s.phase == phaseDone {
		sim.stopped = true
	}
	sim.checkAwake()
	sim.checkTrial()
	sim.checkShutdown()
	if s.phase == phaseDone {
		sim.checkDone()
	}
}

// checkAwake holds that each phase waits for something.
func (sim *simulation) checkAwake() {
	s := sim.s
	active := func(kinds ...timerKind) bool { return slices.ContainsFunc(kinds, s.timers.active) }
	alive := s.agentAlive() && sim.kernel.procs[s.agent.child.pid] != nil
	ok := true
	switch s.phase {
	case phaseFetching, phaseDone:
	case phaseSetup:
		ok = s.setup.child != nil || active(timerStepRetry, timerStepGroup)
		ok = ok && (s.setup.child == nil || active(timerStepTimeout))
	case phaseStarting:
		ok = (alive || active(timerFollow)) && active(timerFollowTimeout)
	case phaseRunning:
		ok = alive && (s.health.child == nil || active(timerHealthTimeout))
	case phaseBackoff:
		ok = active(timerBackoff, timerRestore)
	case phaseDraining, phaseStopping:
		ok = s.shutdown.active && active(timerKill, timerRekill, timerAbandon)
	}
	if !ok {
		sim.failf("phase %s waits for nothing: timers %v", s.phase, s.timers.due)
	}
	if s.health.child != nil && s.phase != phaseRunning {
		sim.failf("a health check in phase %s", s.phase)
	}
}

// checkShutdown holds that a stop, and the end of what an agent left, come to an
// end within the grace and the five seconds that SIGKILL may take.
func (sim *simulation) checkShutdown() {
	s := sim.s
	if !s.shutdown.active || sim.suspension {
		return
	}
	grace := max(s.grace, s.plan.Agent.Grace)
	if s.phase == phaseStopping {
		grace = s.grace
	}
	if took := sim.at - sim.downSince; took > grace+5*time.Second+10*time.Millisecond {
		sim.failf("a shutdown with a grace of %s is not over after %s", grace, took)
	}
}

// checkDone holds at the end: no timer, no child, nothing below tsboot but what SIGKILL does not end.
func (sim *simulation) checkDone() {
	s := sim.s
	if at, ok := s.timers.next(); ok {
		sim.failf("a timer is left at the end, for %s: %v", at, s.timers.due)
	}
	if s.shutdown.active {
		sim.failf("a shutdown is active at the end")
	}
	for _, p := range sim.kernel.sorted() {
		if p != sim.kernel.root && sim.kernel.below(p) && (!p.stuck || !slices.Contains(p.got, sigKill)) && !sim.leftByStuck(p) {
			sim.failf("%s is left at the end, state %c", p, p.state)
		}
	}
	for pid := range s.children {
		if p := sim.kernel.procs[pid]; p == nil || !p.stuck && !sim.leftByStuck(p) {
			sim.failf("child %d is registered at the end", pid)
		}
	}
}

// leftByStuck tells what cannot be seen or reaped while a process that waits in the kernel is there.
func (sim *simulation) leftByStuck(p *simProc) bool {
	return sim.survivals > 0 && (p.state == 'Z' || sim.kernel.noProc)
}

// takeAnswer holds Supervise's answer to what happened.
// takeReplies holds that each refresh has one answer.
// takeHelpers holds that each helper has one answer, which is how it ended.
// exited holds that what is said of the agent's end is how that process ended.
// checkStatus holds that an answer is the last end of the agent that was seen.
// checkEnd looks at what must hold when the loop has ended.
