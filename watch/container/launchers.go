package container

import "sync"

// launchers are the processes that were found to be runtimes by what they have started. The first program that such a one
// starts may have ended before its place could be read: then nothing is known against its parent yet. It is safe for several
// goroutines.
type launchers struct {
	mu   sync.Mutex
	pids map[int]struct{}
}

const maxLaunchers = 1024

func (l *launchers) add(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pids == nil || len(l.pids) >= maxLaunchers {
		l.pids = make(map[int]struct{})
	}
	l.pids[pid] = struct{}{}
}

func (l *launchers) remove(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pids, pid)
}

func (l *launchers) has(pid int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.pids[pid]
	return ok
}

// Reconsider takes back that a process was where its parent is, if that was found to be a runtime since. It is for another
// goroutine than Attribute, some time later.
func (t *Tracker) Reconsider(a *Attribution) {
	if a.parent != 0 && t.launchers.has(a.parent) {
		a.Method, a.Reason, a.Container = MethodNone, ReasonRuntime, nil
	}
}

const (
	maxSuspects = 64
	suspicion   = 10 * 60 * 100 // ticks
)

// suspect remembers the name of a launcher. A script that starts one program only is never found out before that.
func (t *Tracker) suspect(pid int, at int64) {
	s, ok := t.readStat(pid)
	if !ok {
		return
	}
	if len(t.suspects) >= maxSuspects {
		clear(t.suspects)
	}
	t.suspects[string(s.comm)] = at
}

// isSuspect is whether a process has the name of a launcher that was found a while ago.
func (t *Tracker) isSuspect(pid int, at int64) bool {
	if len(t.suspects) == 0 {
		return false
	}
	s, ok := t.readStat(pid)
	if !ok {
		return false
	}
	found, ok := t.suspects[string(s.comm)]
	return ok && at-found < suspicion
}
