//go:build linux

package supervisor

import (
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// simKernel is a model of the processes of a machine: tsboot, all below it, and
// strangers beside it. It implements kernel. Nothing in it runs by itself: what
// a process does next is an event of the simulation.
type simKernel struct {
	sim     *simulation
	procs   map[int]*simProc
	root    *simProc // tsboot
	lastPID int
	maxPID  int
	freed   map[int]time.Duration // when a pid became free
	noProc  bool                  // no /proc: only the own children can be seen

	startErr   error // of Start, e.g. EAGAIN; nil: it works
	examineErr error
	suspended  bool
}

// simProc is one process.
type simProc struct {
	pid, group, session int
	parent              *simProc // nil: a stranger
	children            []*simProc
	born                time.Duration
	program             *simProgram
	origin              simOrigin
	state               byte // 'S' runs or sleeps, 'T' stopped, 'Z' zombie
	dying               bool
	stuck               bool // waits in the kernel: SIGKILL ends it only when that is over
	status              unix.WaitStatus
	pending             []Signal // while it is stopped
	deferred            []func()
	got                 []Signal // what tsboot sent it, in order
	gotAt               []time.Duration
	ofSetup             bool // born while the setup of a refresh ran
}

// simOrigin says by which start of tsboot a process came about; what it forks has the same.
type simOrigin struct {
	role string // agent, step, health, helper
	run  int
}

func (o simOrigin) String() string { return fmt.Sprintf("%s#%d", o.role, o.run) }

func (p *simProc) String() string { return fmt.Sprintf("%d(%s)", p.pid, p.origin) }

func newSimKernel(sim *simulation, self, maxPID int) *simKernel {
	k := &simKernel{sim: sim, procs: map[int]*simProc{}, freed: map[int]time.Duration{}, maxPID: maxPID, lastPID: self}
	k.root = &simProc{pid: self, group: self, session: self, state: 'S', origin: simOrigin{role: "tsboot"}}
	k.procs[self] = k.root
	return k
}

// newPID gives out numbers in turn, as Linux does. One that is a group or a
// session is not free, and none is used again within some clock ticks.
func (k *simKernel) newPID() int {
	used := map[int]bool{}
	for _, p := range k.procs {
		used[p.pid], used[p.group], used[p.session] = true, true, true
	}
	for tries := 1; ; tries++ {
		k.lastPID++
		if k.lastPID > k.maxPID {
			k.lastPID = 2
		}
		at, was := k.freed[k.lastPID]
		if !used[k.lastPID] && (!was || k.sim.at-at > 30*time.Millisecond) {
			return k.lastPID
		}
		if tries%k.maxPID == 0 {
			k.maxPID *= 2 // all are in use
		}
	}
}

// fork makes a child of parent; nil: a stranger.
func (k *simKernel) fork(parent *simProc, program *simProgram, origin simOrigin) *simProc {
	p := &simProc{pid: k.newPID(), parent: parent, born: k.sim.at, program: program, origin: origin, state: 'S'}
	p.group, p.session = p.pid, p.pid
	if parent != nil {
		p.group, p.session = parent.group, parent.session
		parent.children = append(parent.children, p)
		p.ofSetup = k.sim.setupOfRefresh()
	}
	k.procs[p.pid] = p
	k.sim.tracef("  %s is born, child of %v, group %d", p, parent, p.group)
	k.sim.runProgram(p)
	return p
}

// end makes a process a zombie: its children get another parent, and its own gets SIGCHLD.
func (k *simKernel) end(p *simProc, status unix.WaitStatus) {
	if p.state == 'Z' {
		return
	}
	k.sim.tracef("  %s ends, status %#x", p, int(status))
	p.state, p.status, p.dying = 'Z', status, false
	k.sim.noteEnd(p)
	reaper := k.root
	if p.parent == nil {
		reaper = nil
	}
	for _, c := range p.children {
		c.parent = reaper
		if reaper != nil {
			reaper.children = append(reaper.children, c)
			if c.state == 'Z' {
				k.sim.childSignal()
			}
		}
	}
	p.children = nil
	switch {
	case p.parent == nil:
		k.free(p)
	case p.parent == k.root:
		k.sim.childSignal()
	case p.parent.program.reaps:
		k.sim.after(time.Millisecond, func() {
			if p.parent != k.root && p.state == 'Z' && p.parent.state != 'Z' {
				k.free(p)
			}
		})
	}
}

// free takes a zombie out of the table.
func (k *simKernel) free(p *simProc) {
	delete(k.procs, p.pid)
	k.freed[p.pid] = k.sim.at
	if p.parent != nil {
		p.parent.children = slices.DeleteFunc(p.parent.children, func(c *simProc) bool { return c == p })
	}
}

// below reports whether tsboot is an ancestor.
func (k *simKernel) below(p *simProc) bool {
	for ; p != nil; p = p.parent {
		if p == k.root {
			return true
		}
	}
	return false
}

// send is kill(2) by tsboot.
func (k *simKernel) send(p *simProc, sig Signal) {
	k.sim.checkTarget(p, sig)
	if p.state == 'Z' {
		return
	}
	p.got, p.gotAt = append(p.got, sig), append(p.gotAt, k.sim.at)
	k.sim.tracef("  %s gets %s", p, sig)
	k.deliver(p, sig)
}

// deliver does what a signal does, no matter who sent it.
func (k *simKernel) deliver(p *simProc, sig Signal) {
	switch {
	case p.state == 'Z' || p.dying:
	case sig == sigKill:
		p.dying = true
		if !p.stuck {
			k.sim.after(k.sim.brief(), func() { k.end(p, unix.WaitStatus(sigKill)) })
		}
	case sig == sigCont:
		if p.state == 'T' {
			p.state = 'S'
			pending, deferred := p.pending, p.deferred
			p.pending, p.deferred = nil, nil
			for _, s := range pending {
				k.deliver(p, s)
			}
			for _, f := range deferred {
				k.sim.after(0, f)
			}
		}
	case sig == Signal(unix.SIGSTOP):
		k.stop(p)
	case p.state == 'T':
		if !slices.Contains(p.pending, sig) {
			p.pending = append(p.pending, sig)
		}
	case p.stuck:
		p.deferred = append(p.deferred, func() { k.deliver(p, sig) })
	default:
		k.sim.handle(p, sig)
	}
}

func (k *simKernel) stop(p *simProc) {
	if p.state == 'S' && !p.dying {
		p.state = 'T'
		k.sim.tracef("  %s is stopped", p)
		if p.parent == k.root {
			k.sim.childSignal()
		}
	}
}

// thaw ends a wait in the kernel.
func (k *simKernel) thaw(p *simProc) {
	if !p.stuck {
		return
	}
	p.stuck = false
	deferred := p.deferred
	p.deferred = nil
	if p.dying {
		k.sim.after(0, func() { k.end(p, unix.WaitStatus(sigKill)) })
		return
	}
	for _, f := range deferred {
		k.sim.after(0, f)
	}
}
