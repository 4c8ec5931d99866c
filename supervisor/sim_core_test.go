//go:build linux

package supervisor

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/supervisor/process"
)

// simMaxSteps ends a run that goes on for ever.
const simMaxSteps = 100_000

// simulation is one run of a Supervisor, from its start to its end.
type simulation struct {
	rng    *rand.Rand
	at     time.Duration // since the beginning
	queue  simQueue
	seq    int
	events int // that the machine was given

	kernel    *simKernel
	s         *Supervisor
	programs  func(role string, run int) *simProgram // of a scenario; nil: random ones
	horizon   time.Duration                          // nothing comes from outside after it
	maxEvents int
	pidFiles  map[string]fileState
	stdioErr  error
	refreshes bool // may come

	childDue  bool // tsboot has a SIGCHLD that it has not seen
	inMachine bool
	inKernel  bool // an event runs inside a call of the machine

	tracing bool
	trace   []string
	seen    *simCoverage
	simAccount
}

// newSimulation makes the run of a seed. It is traced if nobody counts what was seen.
func newSimulation(seed uint64, seen *simCoverage) *simulation {
	sim := &simulation{rng: rand.New(rand.NewPCG(seed, 0)), seen: seen, tracing: seen == nil, maxEvents: 600, pidFiles: map[string]fileState{}}
	self := 1
	if sim.chance(60) {
		self = 2 + sim.rng.IntN(20)
	}
	sim.kernel = newSimKernel(sim, self, pick(sim, 80, 300, 32768))
	sim.kernel.noProc, sim.refreshes = sim.chance(8), sim.chance(60)
	sim.horizon = sim.someSpan() + time.Second
	sim.makeSupervisor(sim.someOptions())
	return sim
}

// makeSupervisor is New for a simulation.
func (sim *simulation) makeSupervisor(opts Options) {
	closed := make(chan struct{})
	close(closed)
	s := &Supervisor{
		ended: make(chan struct{}), refresh: make(chan Signal, 1), caught: closed, threads: closed,
		log: &simLog{Logger: hclog.NewNullLogger(), sim: sim},
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	s.state = newState(opts, system{
		kernel: sim.kernel, now: sim.now, random: sim.rng.Float64, self: sim.kernel.root.pid, session: sim.kernel.root.session,
		openTerminal: process.NoTerminal, openStdio: sim.openStdio, lookAt: func(file string) fileState { return sim.pidFiles[file] }, background: sim.background,
		exists: func(string) bool { return sim.chance(50) },
	}, nil, "")
	s.publish()
	sim.s = s
}

// openStdio gives no files: what a program prints does not matter.
func (sim *simulation) openStdio(process.Stdio) (*process.Streams, error) {
	if sim.stdioErr != nil {
		return nil, sim.stdioErr
	}
	return &process.Streams{}, nil
}

func (sim *simulation) now() time.Time { return time.Unix(1_000_000_000, 0).Add(sim.at) }

// simEvent is something that happens. One of the machine is never in the midst of another.
type simEvent struct {
	at      time.Duration
	seq     int
	machine bool
	do      func()
}

type simQueue []simEvent

func (q simQueue) Len() int { return len(q) }
func (q simQueue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q simQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *simQueue) Push(x any)   { *q = append(*q, x.(simEvent)) }
func (q *simQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func (sim *simulation) push(d time.Duration, machine bool, do func()) {
	sim.seq++
	heap.Push(&sim.queue, simEvent{sim.at + d, sim.seq, machine, do})
}

// after has something happen among the processes.
func (sim *simulation) after(d time.Duration, do func()) { sim.push(d, false, do) }

// give gives the machine an event.
func (sim *simulation) give(d time.Duration, what string, do func()) {
	sim.push(d, true, func() {
		if sim.kernel.suspended { // it waits for its SIGCONT
			sim.give(time.Second, what, do)
			return
		}
		sim.input(what, do)
	})
}

// childSignal is SIGCHLD to tsboot; several at once are one.
func (sim *simulation) childSignal() {
	if !sim.childDue {
		sim.childDue = true
		sim.give(sim.brief(), "children", func() {
			sim.childDue = false
			sim.s.onChildren()
		})
	}
}

// meanwhile lets something happen between two calls of the machine.
func (sim *simulation) meanwhile() {
	if sim.inKernel || !sim.inMachine || len(sim.queue) == 0 || sim.rng.IntN(30) != 0 {
		return
	}
	if next := sim.queue[0]; !next.machine && next.at <= sim.at+time.Millisecond {
		heap.Pop(&sim.queue)
		sim.inKernel = true
		next.do()
		sim.inKernel = false
	}
}

// input has the machine handle one event, and checks it.
func (sim *simulation) input(what string, do func()) {
	if sim.s.over() {
		return
	}
	sim.events++
	sim.tracef("%s [%s]", what, sim.s.phase)
	sim.inMachine, sim.event = true, what
	before := sim.s.phase
	do()
	sim.s.serveRefreshes()
	sim.inMachine = false
	if sim.s.childrenDue {
		sim.s.childrenDue = false
		sim.childSignal()
	}
	sim.see(before)
	sim.check()
}

// simFailure is what a check panics with.
type simFailure struct{ text string }

func (sim *simulation) failf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	sim.tracef("FAILED: %s", text)
	panic(simFailure{text})
}

// run goes from the start to the end.
func (sim *simulation) run() (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case simFailure:
			err = fmt.Errorf("after %s, in %q: %s", sim.at, sim.event, r.text)
		default:
			err = fmt.Errorf("after %s, in %q: panic: %v\n%s", sim.at, sim.event, r, debug.Stack())
		}
	}()
	if sim.programs == nil {
		sim.planEvents()
	}
	for steps := 0; !sim.s.over(); steps++ {
		if steps > simMaxSteps {
			sim.failf("it goes on for ever")
		}
		sim.step()
	}
	sim.checkEnd()
	return nil
}

// step is the next event: of a process, from outside, or a timer of the machine.
func (sim *simulation) step() {
	due, timer := sim.s.timers.next()
	timer = timer && !sim.kernel.suspended
	at := due.Sub(time.Unix(1_000_000_000, 0))
	switch {
	case sim.events > sim.maxEvents && !sim.endAsked:
		sim.askEnd()
	case timer && (len(sim.queue) == 0 || at <= sim.queue[0].at):
		sim.at = max(sim.at, at)
		if kind, ok := sim.s.timers.expire(sim.now()); ok {
			sim.counts = kind == timerBackoff && sim.onTrial() == nil || sim.counts && kind != timerBackoff
			if sim.seen != nil {
				sim.seen.timers[kind]++
			}
			sim.input(fmt.Sprintf("timer %d", kind), func() { sim.s.onTimer(kind) })
		}
	case len(sim.queue) > 0:
		next := heap.Pop(&sim.queue).(simEvent)
		sim.at = max(sim.at, next.at)
		next.do()
	case !sim.endAsked:
		sim.askEnd()
	default:
		sim.failf("it sleeps for ever, in phase %s", sim.s.phase)
	}
}

// askEnd ends a run that would go on.
func (sim *simulation) askEnd() {
	sim.endAsked = true
	sim.tracef("the end is asked for")
	sim.kernel.suspended = false
	sim.give(0, "SIGTERM", func() { sim.s.onSignal(sigTerm, true) })
	sim.give(time.Second, "interrupt", sim.s.onInterrupt)
}

func (sim *simulation) tracef(format string, args ...any) {
	if sim.tracing {
		sim.trace = append(sim.trace, fmt.Sprintf("%12s ", sim.at)+fmt.Sprintf(format, args...))
	}
}

// simLog takes the machine's log into the trace.
type simLog struct {
	hclog.Logger
	sim *simulation
}

func (l *simLog) Debug(msg string, args ...any) { l.sim.logged(hclog.Debug, msg, args) }
func (l *simLog) Info(msg string, args ...any)  { l.sim.logged(hclog.Info, msg, args) }
func (l *simLog) Warn(msg string, args ...any)  { l.sim.logged(hclog.Warn, msg, args) }
func (l *simLog) Error(msg string, args ...any) { l.sim.logged(hclog.Error, msg, args) }
