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

// Reconsider takes back that a process was on the host, where its parent was found to be a runtime since. It is for another
// goroutine than Attribute, some time later.
func (t *Tracker) Reconsider(a *Attribution) {
	if a.Method == MethodHost && a.parent != 0 && t.launchers.has(a.parent) {
		a.Method, a.Reason = MethodNone, ReasonRuntime
	}
}
