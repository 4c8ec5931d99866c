//go:build linux

package supervisor

import (
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// reapBatch is how many children are taken before signals are looked at again.
const reapBatch = 512

// onChildren takes every child that has ended. SIGCHLD coalesces, so it looks
// until there is none; each is peeked at first, and only then reaped or kept,
// so that a status always reaches its owner.
func (s *Supervisor) onChildren() {
	for n := 0; ; n++ {
		if n == reapBatch {
			s.lookAgain()
			break
		}
		pid, err := s.kernel.PeekAny()
		if err != nil || pid == 0 {
			break
		}
		if c := s.children[pid]; c != nil && c.ended {
			s.takeBehind() // a kept zombie heads the kernel's queue and hides the others
			break
		}
		s.take(pid)
	}
	s.noticeStop()
	s.continueShutdown()
}

// lookAgain makes the loop come back to onChildren.
func (s *Supervisor) lookAgain() { s.childrenDue = true }

// takeBehind finds the ended children by name rather than by the kernel's queue.
func (s *Supervisor) takeBehind() {
	for _, pid := range s.kernel.Children() {
		if c := s.children[pid]; (c == nil || !c.ended) && s.hasEnded(pid) {
			s.take(pid)
		}
	}
}

// take handles one ended child.
func (s *Supervisor) take(pid int) {
	c := s.children[pid]
	if c == nil {
		ofStart := s.phase == phaseStarting && s.bornSinceStart(pid)
		if ws, ok := s.kernel.Reap(pid); ok {
			delete(s.shutdown.signalled, pid) // without /proc the number alone says what was signalled
			delete(s.setupDaemons, pid)       // or left by a setup
			s.orphans++
			if ofStart {
				s.follow.noteOrphan(pid, ws)
			}
			s.log.Debug("reaped orphan", "pid", pid, "status", int(ws))
		}
		return
	}
	var ws unix.WaitStatus
	var ok bool
	if c.keep {
		ws, ok = s.kernel.PeekStatus(pid)
		c.ended = true
	} else {
		delete(s.children, pid)
		ws, ok = s.kernel.Reap(pid)
	}
	if !ok { // cannot be: only the loop reaps
		s.log.Error("lost the status of a child", "pid", pid)
	}
	s.onEnd(c, ws)
}

// hasEnded reports that a child has ended; it stays a zombie.
func (s *Supervisor) hasEnded(pid int) bool {
	_, ended := s.kernel.PeekStatus(pid)
	return ended
}

// release lets a kept zombie go.
func (s *Supervisor) release(c *child) {
	if c != nil && c.ended && s.children[c.pid] == c {
		delete(s.children, c.pid)
		s.kernel.Reap(c.pid)
	}
}

// onEnd hands the status of an ended child to its owner.
func (s *Supervisor) onEnd(c *child, ws unix.WaitStatus) {
	if c.role == roleAgent {
		s.onAgentEnd(c, process.NewStatus(ws, s.now().Sub(c.started)))
		return
	}
	s.onShortEnd(c, ws)
}

// startChild starts a command in a group of its own and registers it in the
// same breath, so that it cannot be reaped by anybody before it is known.
func (s *Supervisor) startChild(c *child, r process.Spec) error {
	r.Command = s.resolve(r.Command)
	pid, err := s.kernel.Start(r)
	if err != nil {
		return err
	}
	c.pid, c.started = pid, s.now()
	s.children[pid] = c
	return nil
}

// started lists the children that are registered, in the order of their pids.
func (s *Supervisor) started() []*child {
	return slices.SortedFunc(maps.Values(s.children), func(a, b *child) int { return a.pid - b.pid })
}

// killGroup kills a child with its group.
func (s *Supervisor) killGroup(c *child) {
	alive := c.pid
	if c.ended {
		alive = 0
	}
	_ = s.kernel.SignalGroup(c.pid, alive, sigKill)
}
