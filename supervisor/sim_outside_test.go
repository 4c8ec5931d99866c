//go:build linux

package supervisor

import (
	"time"

	"golang.org/x/sys/unix"
)

// What comes from outside: a plan, signals, refreshes, the end of a context,
// shortages, and what strangers do.

func (sim *simulation) someOptions() Options {
	opts := Options{Grace: pick(sim, 0, 100*time.Millisecond, time.Second, 25*time.Second)}
	if sim.chance(20) {
		opts.StopOn = []Signal{sigTerm, Signal(unix.SIGQUIT)}
	}
	return opts
}

func (sim *simulation) somePlan() *Plan {
	p := &Plan{Agent: Agent{
		Command:        Command{Argv: []string{"agent"}},
		Restart:        pick(sim, RestartNo, RestartOnFailure, RestartAlways),
		BackoffInitial: pick(sim, 0, 10*time.Millisecond, 500*time.Millisecond),
		BackoffMax:     pick(sim, 0, time.Second, 30*time.Second),
		BackoffReset:   pick(sim, 0, time.Second, time.Minute),
		StopSignal:     pick(sim, 0, 0, sigTerm, sigInt, Signal(unix.SIGQUIT)),
		Grace:          pick(sim, 0, 100*time.Millisecond, time.Second, 25*time.Second),
		SignalScope:    pick(sim, "", ScopeGroup, ScopeProcess),
	}}
	if sim.chance(70) {
		p.Agent.StartLimitBurst, p.Agent.StartLimitInterval = 1+sim.rng.IntN(5), pick(sim, time.Second, time.Minute, 10*time.Minute)
	}
	if sim.chance(30) {
		p.Agent.RefreshSignal = Signal(unix.SIGHUP)
	}
	if sim.chance(10) {
		p.Agent.SignalRewrite = map[Signal]Signal{Signal(unix.SIGUSR1): sigTerm, Signal(unix.SIGUSR2): 0}
	}
	if sim.chance(10) {
		p.Agent.ExitRemap = map[int]int{143: 0, 1: 42}
	}
	if sim.chance(25) {
		p.Agent.Follow = pick(sim, &Follow{LastChild: true}, &Follow{PIDFile: "/run/agent.pid"},
			&Follow{PIDFile: "/run/agent.pid", Others: []string{"/run/other.pid"}, AnyEnd: sim.chance(50)})
		p.Agent.Follow.Timeout = pick(sim, 0, time.Second)
	}
	if sim.chance(25) {
		p.Agent.Stop = &Command{Argv: []string{"stop"}}
	}
	if sim.chance(35) {
		p.Health = &Health{Command: Command{Argv: []string{"health"}}, Interval: pick(sim, 0, time.Second, 10*time.Second), Failures: sim.rng.IntN(3)}
		p.Health.StartPeriod = pick(sim, 0, 0, time.Second, 40*time.Second)
	}
	p.Setup, p.Refreshed = sim.someSteps(), sim.refreshes
	if sim.chance(25) {
		p.BeforeStart = sim.someSteps()
	}
	return p
}

func (sim *simulation) someSteps() []Step {
	var steps []Step
	for range max(0, sim.rng.IntN(5)-1) {
		steps = append(steps, Step{
			Name: "step", Command: Command{Argv: []string{"step"}}, Retries: sim.rng.IntN(3),
			Timeout: pick(sim, 0, 100*time.Millisecond, 2*time.Second), OKCodes: pick(sim, nil, []int{0, 3}), Secret: sim.chance(15), Creates: pick(sim, "", "", "/there"), Skip: sim.chance(10),
		})
	}
	return steps
}

// planEvents plans what comes from outside in a run.
func (sim *simulation) planEvents() {
	if sim.chance(95) {
		sim.give(sim.upTo(2*time.Second), "plan", func() { sim.givePlan(sim.somePlan()) })
	}
	for range max(0, sim.rng.IntN(6)-3) {
		sim.askHelper(sim.upTo(5 * time.Second))
	}
	for range max(0, sim.rng.IntN(8)-4) {
		sim.someHealthQuestion(sim.upTo(sim.horizon))
	}
	for range sim.rng.IntN(10) {
		sim.someEvent(sim.upTo(sim.horizon))
	}
	for range sim.rng.IntN(4) {
		sim.after(sim.upTo(sim.horizon), sim.someStranger)
	}
	if sim.chance(50) {
		sim.someStop(sim.horizon)
	}
}

// givePlan is the call of Supervise.
func (sim *simulation) givePlan(plan *Plan) {
	sim.given = plan.Agent
	reply := make(chan answer, 1)
	if sim.reply == nil {
		sim.reply, sim.counts = reply, true
	}
	sim.s.onPlan(plan, reply)
}

func (sim *simulation) signal(d time.Duration, sig Signal) {
	sim.give(d, sig.String(), func() { sim.onSignal(sig) })
}

func (sim *simulation) someStop(d time.Duration) {
	switch n := sim.rng.IntN(100); {
	case n < 60:
		sim.signal(d, sigTerm)
	case n < 75:
		sim.signal(d, sigInt)
		sim.signal(d+sim.someSpan(), sigInt)
	case n < 85:
		sim.signal(d, sigTerm)
		sim.signal(d+sim.upTo(30*time.Second), sigTerm)
	case n < 93:
		sim.give(d, "context ends", sim.s.onCancelled)
	default:
		sim.give(d, "interrupt", sim.s.onInterrupt)
	}
}

func (sim *simulation) someEvent(d time.Duration) {
	switch n := sim.rng.IntN(100); {
	case n < 30:
		sim.signal(d, pick(sim, Signal(unix.SIGHUP), Signal(unix.SIGUSR1), Signal(unix.SIGUSR2), Signal(unix.SIGQUIT), sigCont, Signal(unix.SIGWINCH), Signal(unix.SIGURG)))
	case n < 55 && sim.refreshes:
		sim.someRefresh(d)
	case n < 60:
		sim.someStop(d)
	case n < 68:
		sim.signal(d, pick(sim, Signal(unix.SIGTSTP), Signal(unix.SIGTTIN)))
	case n < 78:
		err := pick(sim, unix.EAGAIN, unix.EAGAIN, unix.ENOMEM, unix.ETXTBSY, unix.ENOENT)
		sim.after(d, func() { sim.kernel.startErr = err })
		sim.after(d+sim.upTo(5*time.Second), func() { sim.kernel.startErr = nil })
	case n < 80:
		sim.after(d, func() { sim.stdioErr = unix.EMFILE })
		sim.after(d+sim.upTo(5*time.Second), func() { sim.stdioErr = nil })
	case n < 83:
		sim.after(d, func() { sim.kernel.examineErr = &ExecError{Path: "agent", Code: 127, Err: unix.ENOENT} })
		sim.after(d+sim.upTo(5*time.Second), func() { sim.kernel.examineErr = nil })
	case n < 92: // somebody else kills something of tsboot's
		sim.after(d, sim.someForeignSignal)
	default:
		sim.after(d, sim.someStranger)
	}
}

// simHelper is a call of Output and its answer.
type simHelper struct {
	child    *child
	ended    chan helperEnd
	answered bool
}

// askHelper is a call of Output, whose context may end.
func (sim *simulation) askHelper(d time.Duration) {
	h := &simHelper{ended: make(chan helperEnd, 2)}
	sim.give(d, "helper", func() {
		sim.helpers = append(sim.helpers, h)
		h.child = sim.s.startHelper(Command{Argv: []string{"helper"}}, HelperIO{}, h.ended)
	})
	if sim.chance(30) {
		sim.give(d+sim.upTo(3*time.Second), "the context of a helper ends", func() { sim.s.cancelHelper(h.child) })
	}
}

// wake is a SIGCONT to tsboot that was stopped.
func (sim *simulation) wake() {
	if sim.kernel.suspended {
		sim.kernel.suspended = false
		sim.input("SIGCONT", func() { sim.onSignal(sigCont) })
	}
}

// someForeignSignal is a signal that tsboot did not send.
func (sim *simulation) someForeignSignal() {
	var found []*simProc
	for _, p := range sim.kernel.sorted() {
		if p != sim.kernel.root && p.state != 'Z' && sim.kernel.below(p) {
			found = append(found, p)
		}
	}
	if len(found) > 0 {
		sig := pick(sim, sigKill, sigTerm, Signal(unix.SIGSTOP), sigCont, Signal(unix.SIGSEGV))
		p := pick(sim, found...)
		sim.tracef("a stranger sends %s %s", p, sig)
		sim.kernel.deliver(p, sig)
	}
}

// someStranger is a process beside tsboot, which takes a pid; there is none beside process 1.
func (sim *simulation) someStranger() {
	if sim.kernel.root.pid != 1 {
		sim.kernel.fork(nil, &simProgram{acts: []simAct{{sim.someSpan(), simExit(0)}}}, simOrigin{role: "stranger"})
	}
}
