//go:build linux

package supervisor

import (
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// simProgram is what a process does.
type simProgram struct {
	acts  []simAct
	on    map[Signal]simReaction // other signals do what the kernel does by default
	reaps bool                   // it waits for its children
}

// simAct is done so long after the one before.
type simAct struct {
	after time.Duration
	do    simReaction
}

type simReaction func(sim *simulation, p *simProc)

// runProgram schedules what a process does, until it ends.
func (sim *simulation) runProgram(p *simProc) { sim.runFrom(p, 0) }

func (sim *simulation) runFrom(p *simProc, index int) {
	if index == len(p.program.acts) {
		return
	}
	act := p.program.acts[index]
	sim.after(act.after+sim.brief(), func() {
		sim.whenAwake(p, func() {
			act.do(sim, p)
			sim.runFrom(p, index+1)
		})
	})
}

// whenAwake runs f now, or when the process runs again, or never if it ends before.
func (sim *simulation) whenAwake(p *simProc, f func()) {
	switch {
	case p.state == 'Z' || p.dying:
	case p.state == 'T' || p.stuck:
		p.deferred = append(p.deferred, func() { sim.whenAwake(p, f) })
	default:
		f()
	}
}

// handle is the arrival of a signal at a process that runs.
func (sim *simulation) handle(p *simProc, sig Signal) {
	if react, ok := p.program.on[sig]; ok {
		react(sim, p)
		return
	}
	switch unix.Signal(sig) {
	case unix.SIGCHLD, unix.SIGURG, unix.SIGWINCH:
	case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		sim.kernel.stop(p)
	default:
		p.dying = true
		sim.after(sim.brief(), func() { sim.kernel.end(p, unix.WaitStatus(sig)) })
	}
}

// What programs can do.

func simIgnore(*simulation, *simProc) {}

func simExit(code int) simReaction {
	return func(sim *simulation, p *simProc) { sim.kernel.end(p, unix.WaitStatus(code<<8)) }
}

func simDie(sig Signal) simReaction {
	return func(sim *simulation, p *simProc) { sim.kernel.end(p, unix.WaitStatus(sig)) }
}

func simLater(d time.Duration, do simReaction) simReaction {
	return func(sim *simulation, p *simProc) {
		sim.after(d, func() { sim.whenAwake(p, func() { do(sim, p) }) })
	}
}

func simFork(program *simProgram) simReaction {
	return func(sim *simulation, p *simProc) {
		if len(sim.kernel.procs) < simMaxProcs {
			sim.kernel.fork(p, program, p.origin)
		}
	}
}

func simSetsid(_ *simulation, p *simProc) {
	if p.group != p.pid {
		p.group, p.session = p.pid, p.pid
	}
}

func simOwnGroup(_ *simulation, p *simProc) { p.group = p.pid }

// simJoinChild moves a process into the group of one of its children.
func simJoinChild(_ *simulation, p *simProc) {
	for _, c := range p.children {
		if c.group == c.pid && c.session == p.session {
			p.group = c.group
		}
	}
}

func simStopSelf(sim *simulation, p *simProc) { sim.kernel.stop(p) }

// simStick has a process wait in the kernel for a time; 0: for ever.
func simStick(d time.Duration) simReaction {
	return func(sim *simulation, p *simProc) {
		p.stuck = true
		if d > 0 {
			sim.after(d, func() { sim.kernel.thaw(p) })
		}
	}
}

func simWritePID(file string) simReaction { return simWrite(file, "%d\n") }

func simWriteNonsense(file string) simReaction { return simWrite(file, "%d?") }

func simWrite(file, format string) simReaction {
	return func(sim *simulation, p *simProc) {
		sim.pidFiles[file] = fileState{size: 1, mtime: sim.now(), inode: uint64(sim.seq), content: fmt.Sprintf(format, p.pid)}
	}
}

const simMaxProcs = 60

// Random programs.

// chance is true in n of 100 cases.
func (sim *simulation) chance(n int) bool { return sim.rng.IntN(100) < n }

func pick[T any](sim *simulation, of ...T) T { return of[sim.rng.IntN(len(of))] }

// upTo is a random duration.
func (sim *simulation) upTo(d time.Duration) time.Duration {
	return time.Duration(sim.rng.Int64N(int64(d) + 1))
}

// brief is how long the machine takes for something.
func (sim *simulation) brief() time.Duration {
	return 10*time.Microsecond + sim.upTo(200*time.Microsecond)
}

func (sim *simulation) someSpan() time.Duration {
	return sim.upTo(pick(sim, time.Millisecond, 100*time.Millisecond, time.Second, 10*time.Second, 2*time.Minute))
}

func (sim *simulation) someEnd() simReaction {
	switch {
	case sim.chance(45):
		return simExit(0)
	case sim.chance(60):
		return simExit(1 + sim.rng.IntN(255))
	}
	return simDie(pick(sim, sigKill, sigTerm, sigInt, Signal(unix.SIGSEGV), Signal(unix.SIGHUP)))
}

// addReactions says what a program does at signals.
func (sim *simulation) addReactions(p *simProgram, depth int) {
	p.on = map[Signal]simReaction{}
	for _, sig := range []Signal{sigTerm, sigInt, Signal(unix.SIGHUP), Signal(unix.SIGQUIT), Signal(unix.SIGUSR1)} {
		switch n := sim.rng.IntN(100); {
		case n < 40: // the default
		case n < 60:
			p.on[sig] = simIgnore
		case n < 75:
			p.on[sig] = simLater(sim.someSpan(), sim.someEnd())
		case n < 80 && depth > 0:
			p.on[sig] = simFork(sim.someProgram(depth - 1))
		default:
			p.on[sig] = simLater(sim.brief(), sim.someEnd())
		}
	}
}

// someProgram does anything that agents and what they leave behind do.
func (sim *simulation) someProgram(depth int) *simProgram {
	p := &simProgram{reaps: sim.chance(70)}
	sim.addReactions(p, depth)
	for range sim.rng.IntN(4) {
		act := simAct{after: sim.someSpan()}
		switch n := sim.rng.IntN(100); {
		case n < 50 && depth > 0:
			act.do = simFork(sim.someProgram(depth - 1))
		case n < 65:
			act.do = pick(sim, simSetsid, simOwnGroup)
		case n < 72:
			act.do = simJoinChild
		case n < 80:
			act.do = simStopSelf
		case n < 84:
			act.do = simStick(sim.upTo(20 * time.Second))
		default:
			act.do = simIgnore
		}
		p.acts = append(p.acts, act)
	}
	if sim.chance(1) {
		p.acts = append(p.acts, simAct{sim.someSpan(), simStick(0)})
	}
	if sim.chance(60) {
		p.acts = append(p.acts, simAct{sim.someSpan(), sim.someEnd()})
	}
	return p
}

// daemonBehind is a program that leaves another one behind, by so many forks, and ends.
func (sim *simulation) daemonBehind(daemon *simProgram, forks int, end simReaction) *simProgram {
	daemon.acts = slices.Insert(daemon.acts, 0, simAct{0, simSetsid})
	for range forks - 1 {
		daemon = &simProgram{acts: []simAct{{sim.upTo(time.Millisecond), simFork(daemon)}, {sim.upTo(time.Millisecond), simExit(0)}}}
	}
	return &simProgram{acts: []simAct{{sim.upTo(10 * time.Millisecond), simFork(daemon)}, {sim.upTo(100 * time.Millisecond), end}}}
}

// programFor is what a command of tsboot's does.
func (sim *simulation) programFor(role string, run int) *simProgram {
	if sim.programs != nil {
		if p := sim.programs(role, run); p != nil {
			return p
		}
	}
	switch role {
	case "agent":
		if sim.s.plan.Agent.Follow != nil {
			return sim.startCommand()
		}
		return sim.someProgram(2)
	case "health":
		return sim.someCheck()
	case "stop":
		return sim.someStopCommand()
	case "helper":
		return sim.someHelper()
	default:
		return sim.someStep()
	}
}

// startCommand leaves a daemon behind, mostly.
func (sim *simulation) startCommand() *simProgram {
	if sim.chance(10) {
		return sim.someProgram(2)
	}
	end := simExit(0)
	if sim.chance(10) {
		end = sim.someEnd()
	}
	f := sim.s.plan.Agent.Follow
	if f.LastChild {
		return sim.daemonBehind(sim.someProgram(1), 1+sim.rng.IntN(2), end)
	}
	start := &simProgram{}
	for _, file := range append([]string{f.PIDFile}, f.Others...) {
		daemon := sim.someProgram(1)
		write := simWritePID(file)
		switch n := sim.rng.IntN(100); {
		case n < 10:
			write = simIgnore
		case n < 20:
			write = simWriteNonsense(file)
		}
		daemon.acts = slices.Insert(daemon.acts, 0, simAct{sim.upTo(time.Second), write})
		behind := sim.daemonBehind(daemon, 1+sim.rng.IntN(2), end)
		start.acts = append(start.acts, behind.acts[0])
	}
	start.acts = append(start.acts, simAct{sim.upTo(100 * time.Millisecond), end})
	return start
}

// someStopCommand ends the agent and then itself, mostly.
func (sim *simulation) someStopCommand() *simProgram {
	end := func(sim *simulation, _ *simProc) {
		if p := sim.agentMain(); p != nil {
			sim.kernel.deliver(p, sigTerm)
		}
	}
	switch n := sim.rng.IntN(100); {
	case n < 60:
		return &simProgram{acts: []simAct{{sim.upTo(time.Second), end}, {sim.upTo(time.Second), simExit(0)}}}
	case n < 75:
		return &simProgram{acts: []simAct{{sim.upTo(time.Second), sim.someEnd()}}}
	case n < 85: // hangs
		return &simProgram{on: map[Signal]simReaction{sigTerm: simIgnore}}
	default:
		return sim.someProgram(1)
	}
}

// someHelper is tsboot itself: it forks nothing.
func (sim *simulation) someHelper() *simProgram {
	p := sim.someProgram(0)
	if sim.chance(70) {
		p.acts = []simAct{{sim.upTo(2 * time.Second), sim.someEnd()}}
	}
	return p
}

// someStep is a setup step: it works, mostly.
func (sim *simulation) someStep() *simProgram {
	switch n := sim.rng.IntN(100); {
	case n < 60:
		return &simProgram{acts: []simAct{{sim.upTo(time.Second), simExit(0)}}}
	case n < 75:
		return &simProgram{acts: []simAct{{sim.upTo(time.Second), sim.someEnd()}}}
	case n < 85:
		return sim.daemonBehind(sim.someProgram(1), 1+sim.rng.IntN(2), simExit(0))
	case n < 92: // leaves something in its group
		return &simProgram{acts: []simAct{{0, simFork(sim.someProgram(1))}, {sim.upTo(time.Second), simExit(0)}}}
	default:
		return sim.someProgram(1)
	}
}

func (sim *simulation) someCheck() *simProgram {
	switch n := sim.rng.IntN(100); {
	case n < 70:
		return &simProgram{acts: []simAct{{sim.upTo(100 * time.Millisecond), simExit(0)}}}
	case n < 85:
		return &simProgram{acts: []simAct{{sim.upTo(100 * time.Millisecond), simExit(1)}}}
	case n < 90: // hangs
		return &simProgram{on: map[Signal]simReaction{sigTerm: simIgnore}}
	default:
		return sim.someProgram(1)
	}
}
