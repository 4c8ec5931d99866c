//go:build linux

package main

import (
	"fmt"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/testenv"
	"github.com/tsboot/tsboot/integration/wait"
)

// act does one thing, drawn by lot.
func (e *episode) act() {
	switch e.random.IntN(10) {
	case 0, 1:
		e.leaveOrphans()
	case 2, 3:
		e.stray()
	case 4, 5:
		e.crash()
	case 6:
		e.hear()
	case 7:
		e.zombies()
	case 8:
		e.wander()
	case 9:
		e.exhaust()
	}
}

func (e *episode) tell(p *testenv.Helper, op testenv.Op) {
	if _, err := p.Do(op); err != nil {
		e.violated("%s cannot %s: %w", p.Name, op.Do, err)
	}
}

// leaveOrphans leaves a crowd of orphans, some of which die while other things happen.
func (e *episode) leaveOrphans() {
	n := 10 + e.random.IntN(200)
	e.orphans += n
	e.did("%d orphans", n)
	script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do (:&); i=$((i+1)); done", n)
	e.tell(e.agent, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: []string{"/bin/sh", "-c", script}, Session: e.random.IntN(2) == 0, Shield: true}})
}

// stray leaves a process that must be found: in the group, out of it, a daemon; deaf or not; stopped or not.
func (e *episode) stray() {
	e.strays++
	s := testenv.Spawn{Name: fmt.Sprintf("stray-%d", e.strays), Traits: pick(e.random, mortal, ""), Shield: true}
	switch e.random.IntN(4) {
	case 0:
		s.Group = true
	case 1:
		s.Session = true
	case 2:
		s.Double, s.Session = true, true
	}
	defer e.hush()() // one in the group would die of noise before it can hear
	e.did("stray %+v", s)
	e.tell(e.agent, testenv.Op{Do: "spawn", Spawn: &s})
	p, err := e.Helper(s.Name, patience)
	if err != nil {
		e.violated("%s did not come up: %w", s.Name, err)
	}
	if e.random.IntN(4) == 0 {
		e.did("%s stops", s.Name)
		e.tell(p, testenv.Op{Do: "stop"})
	}
}

// crash ends the agent and, where the policy says so, waits for the next one.
func (e *episode) crash() {
	l := life{code: 1 + e.random.IntN(255)}
	if e.random.IntN(2) == 0 {
		l = life{signal: pick(e.random, syscall.SIGKILL, syscall.SIGSEGV, syscall.SIGTERM, syscall.SIGABRT)}
	}
	if e.policy == "no" {
		return
	}
	defer e.hush()()
	e.die(l)
	e.restarted()
}

func (e *episode) restarted() {
	next, err := e.Next(e.agent, patience)
	if err != nil {
		e.violated("the agent is not restarted: %w", err)
	}
	e.runs(next)
}

// wander moves the agent into another process group, that of a child. It must hear all that comes, its stop too.
func (e *episode) wander() {
	e.strays++
	s := testenv.Spawn{Name: fmt.Sprintf("stray-%d", e.strays), Traits: pick(e.random, mortal, ""), Group: true, Shield: true}
	defer e.hush()()
	e.did("the agent goes into the group of %s", s.Name)
	started, err := e.agent.Do(testenv.Op{Do: "spawn", Spawn: &s})
	e.must(err)
	if _, err := e.Helper(s.Name, patience); err != nil {
		e.violated("%s did not come up: %w", s.Name, err)
	}
	e.tell(e.agent, testenv.Op{Do: "join", Code: started.PID})
	e.hear()
}

// exhaust leaves the init no process and no thread more than it has. It must go on: forward signals, reap, and start the
// agent again as soon as it can.
func (e *episode) exhaust() {
	if e.pids == nil {
		return
	}
	e.did("no process is left")
	e.must(e.pids.fill())
	e.hear()
	if e.policy != "no" && e.random.IntN(2) == 0 {
		defer e.hush()()
		e.die(life{code: 1 + e.random.IntN(255)})
		<-time.After(time.Duration(e.random.IntN(200)) * time.Millisecond)
		e.must(e.pids.drain())
		e.restarted()
		return
	}
	e.leaveOrphans()
	e.must(e.pids.drain())
}

// die ends the agent in the given way.
func (e *episode) die(l life) {
	e.did("the agent ends: %+v", l)
	e.lives = append(e.lives, l)
	if l.signal == 0 {
		e.tell(e.agent, testenv.Op{Do: "exit", Code: l.code})
		return
	}
	e.tell(e.agent, testenv.Op{Do: "die", Signal: int(l.signal)})
}

// mark is the last of all signals: when it has come, all that were sent before it have.
const mark = syscall.Signal(64)

// hush keeps the noise away until the returned function is called, and waits until none of it is under way.
func (e *episode) hush() (resume func()) {
	e.calm.Lock()
	e.hear()
	return e.calm.Unlock
}

// hear sends the mark and waits for it.
func (e *episode) hear() {
	before := e.agent.Count(mark)
	e.must(e.init.Signal(mark))
	if !e.agent.Hears(mark, before+1, patience) {
		e.violated("a signal is lost")
	}
}

// zombies waits until none is left. Those of the suite's own (a child of a helper that was not waited for) there are not.
func (e *episode) zombies() {
	if !wait.Until(patience, func() bool { return len(e.Zombies()) == 0 }) {
		e.violated("zombies: %+v", e.Zombies())
	}
}
