//go:build linux

package supervisor

import (
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// The calls of the interface kernel. A call may find that something has happened
// since the one before.

func (k *simKernel) Start(spec process.Spec) (int, error) {
	k.sim.meanwhile()
	role := spec.Argv[0]
	if k.startErr != nil {
		k.sim.tracef("  start of %s: %v", role, k.startErr)
		k.sim.retried = k.sim.retried || role == "agent"
		return 0, &ExecError{Path: role, Code: 126, Err: k.startErr}
	}
	origin := k.sim.noteStart(role)
	if role == "agent" {
		k.sim.noteGeneration(spec.Env)
	}
	p := k.fork(k.root, k.sim.programFor(role, origin.run), origin)
	p.group = p.pid
	return p.pid, nil
}

func (k *simKernel) Examine(cmd Command) (string, error) { return cmd.Argv[0], k.examineErr }

func (k *simKernel) Children() []int {
	k.sim.meanwhile()
	var pids []int
	for _, c := range k.root.children {
		pids = append(pids, c.pid)
	}
	return pids
}

func (k *simKernel) PeekAny() (int, error) {
	k.sim.meanwhile()
	if len(k.root.children) == 0 {
		return 0, unix.ECHILD
	}
	for _, c := range k.root.children {
		if c.state == 'Z' {
			return c.pid, nil
		}
	}
	return 0, nil
}

func (k *simKernel) child(pid int) *simProc {
	if p := k.procs[pid]; p != nil && p.parent == k.root {
		return p
	}
	return nil
}

func (k *simKernel) PeekStatus(pid int) (unix.WaitStatus, bool) {
	p := k.child(pid)
	if p == nil || p.state != 'Z' {
		return 0, false
	}
	return p.status, true
}

func (k *simKernel) Reap(pid int) (unix.WaitStatus, bool) {
	p := k.child(pid)
	if p == nil || p.state != 'Z' {
		return 0, false
	}
	k.free(p)
	k.sim.tracef("  %s is reaped", p)
	return p.status, true
}

func (k *simKernel) SignalChild(pid int, sig Signal) error {
	k.sim.meanwhile()
	p := k.procs[pid]
	if p == nil {
		return unix.ESRCH
	}
	k.send(p, sig)
	return nil
}

func (k *simKernel) SignalGroup(group, child int, sig Signal) error {
	k.sim.meanwhile()
	err := error(unix.ESRCH)
	for _, p := range k.sorted() {
		if p.group == group {
			k.send(p, sig)
			err = nil
		}
	}
	if c := k.procs[child]; child != 0 && c != nil && (err != nil || c.group != group) {
		k.send(c, sig)
		err = nil
	}
	return err
}

func (k *simKernel) sorted() []*simProc {
	all := make([]*simProc, 0, len(k.procs))
	for _, p := range k.procs {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *simProc) int { return a.pid - b.pid })
	return all
}

func (k *simKernel) Descendants(skip func(int) bool) []int {
	k.sim.meanwhile()
	var found []int
	queue := []*simProc{k.root}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if k.noProc && p != k.root {
			continue
		}
		for _, c := range p.children {
			if !skip(c.pid) {
				found = append(found, c.pid)
				queue = append(queue, c)
			}
		}
	}
	return found
}

func (k *simKernel) Identify(pid int) (process.Stat, bool) {
	k.sim.meanwhile()
	p := k.procs[pid]
	if p == nil || (k.noProc && p.parent != k.root) {
		return process.Stat{}, false
	}
	st := process.Stat{State: p.state, Group: p.group, Session: p.session, Threads: 1, Dying: p.dying, Start: uint64(p.born/(10*time.Millisecond)) + 1}
	if p.parent != nil {
		st.PPID = p.parent.pid
	}
	if k.noProc {
		st.Dying, st.Start = false, 0
		if p.state == 'S' {
			st.State = 0
		}
	}
	return st, true
}

func (k *simKernel) DescribeAll(pids []int) []string {
	var names []string
	for _, pid := range pids {
		names = append(names, fmt.Sprint(k.procs[pid]))
	}
	return names
}

// SignalBelow signals as process.SignalBelow does, which pins a process before it looks at it.
func (k *simKernel) SignalBelow(pid int, sig Signal) bool {
	st, ok := k.Identify(pid)
	p := k.procs[pid]
	if !ok || p == nil || st.Zombie() || p.state == 'Z' || !k.below(p) {
		return false
	}
	k.send(p, sig)
	if (st.Stopped() || st.State == 0) && sig != sigKill && sig != sigCont {
		k.send(p, sigCont)
	}
	return true
}

func (k *simKernel) KillAll() {
	for _, p := range k.sorted() {
		if p != k.root && k.below(p) {
			k.send(p, sigKill)
		}
	}
}

// Suspend stops tsboot until somebody sends it SIGCONT.
func (k *simKernel) Suspend() {
	k.suspended = true
	k.sim.push(k.sim.upTo(5*time.Second), true, k.sim.wake)
}

func (k *simKernel) ReadOOM() process.OOMCounter { return process.OOMCounter{} }
