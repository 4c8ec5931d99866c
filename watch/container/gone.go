package container

// attributeGone is about a process that has ended, or whose cgroups say nothing any more because it exits. The first line
// that fits is the answer:
//
//	what is known                                                    the answer
//	an event of its own found it in a container                      as then
//	its parent is a runtime, which names it as a first process       runtime
//	its parent is a runtime                                          none, started-by-runtime
//	its parent is, or was, in a container                            parent, until Reconsider
//	its parent is the kernel                                         host
//	its parent is seen alive on the host, does not adopt others'
//	children, has not the name of a launcher, and the process had
//	no event before                                                  host, until Reconsider
//	anything else                                                    none: process-gone, or exiting
//
// So the host is inherited from a parent that can be read, and never from memory. A process that had an event may run a
// program that has since taken it into a container; one that had none still runs what its parent runs, which is no runtime.
func (t *Tracker) attributeGone(e event, p process) Attribution {
	known, before := t.recall(e, p)
	if before == surely && known.container != nil && known.role != runtimeRole { // a runtime goes from one place to the next
		t.table.touch(e.pid, e.at)
		return Attribution{Method: known.method, Container: known.container}
	}
	if before == surely {
		e.ppid = int(known.ppid) // what has started it; it may have been adopted since
	}
	a := t.inherit(e, before == never)
	start := e.at
	if p.state == exiting {
		start = p.start
	}
	if a.Container != nil || before != surely { // also where nothing is known: its next event is not its first
		t.table.put(entry{
			pid: int32(e.pid), ppid: int32(e.ppid), start: start, seen: e.at, method: a.Method, container: a.Container,
		})
	}
	if a.Method == MethodNone && a.Reason == "" {
		a.Reason = ReasonGone
		if p.state == exiting {
			a.Reason = ReasonExiting
		}
	}
	return a
}

// inherit says where a process was by where its parent is. isNew is true of a process that had no event before.
func (t *Tracker) inherit(e event, isNew bool) Attribution {
	parent, ok := t.parent(e.ppid, e.at, 0)
	id, first := t.firstOf(e.pid)
	switch {
	case !ok:
	case parent.role == runtimeRole && first:
		return Attribution{Method: MethodRuntime, Container: t.container([]byte(id), nil, "")}
	case parent.role == runtimeRole:
		return Attribution{Method: MethodNone, Reason: ReasonRuntime}
	case parent.container != nil:
		t.launchers.remove(e.ppid) // another had that pid
		return Attribution{Method: MethodParent, Container: parent.container, parent: e.ppid}
	case parent.role == kernelRole:
		return Attribution{Method: MethodHost}
	case parent.state == alive && parent.role == noRole && isNew && !first && !t.isSuspect(e.ppid, e.at):
		t.launchers.remove(e.ppid)
		return Attribution{Method: MethodHost, parent: e.ppid}
	}
	return Attribution{Method: MethodNone}
}

// met is whether a process had an event before, or was read.
type met int

const (
	never met = iota
	perhaps
	surely
)

// recall is what is remembered of the process itself. A pid and the time of its start are a process. Where the start cannot
// be read any more, it is the same process while the kernel cannot have given out all other pids, and its parent is the same,
// or has ended, so that another has adopted it. Later it may be the same, where its parent is old enough.
func (t *Tracker) recall(e event, p process) (known entry, before met) {
	last, ok := t.table.get(e.pid)
	switch {
	case !ok:
		return entry{}, never
	case last.start > e.at+slack: // what was known of the one before is forgotten
		return entry{}, perhaps
	case p.state == exiting: // it is still there: no other process can have had the pid meanwhile
		if p.start > last.seen+slack {
			return entry{}, never
		}
	case e.ppid != 0 && e.ppid != int(last.ppid) && !t.hasEnded(int(last.ppid), last.seen):
		return entry{}, never
	case e.at-last.seen < t.reuse:
	case t.beganAfter(e.ppid, last.start):
		return entry{}, never
	default:
		return entry{}, perhaps
	}
	return *last, surely
}

// beganAfter is whether a process is younger than a time. Who has started or adopted a process is older than that.
func (t *Tracker) beganAfter(pid int, at int64) bool {
	s, ok := t.readStat(pid)
	return ok && s.start > at+slack
}

// hasEnded is whether the process that had the pid at a time has no children any more.
func (t *Tracker) hasEnded(pid int, at int64) bool {
	s, ok := t.readStat(pid)
	return !ok || s.exiting || s.start > at+slack
}

// generations is how far up a chain of processes that end is followed.
const generations = 4

// fresh is for how many ticks what was read of a parent in a container is not read again: a shell starts many processes.
const fresh = 2

// parent is what is known of a parent: read at once, else remembered.
func (t *Tracker) parent(pid int, at int64, depth int) (process, bool) {
	if pid <= 0 || depth == generations {
		return process{}, false
	}
	e, known := t.table.get(pid)
	known = known && e.start <= at+slack && e.method != MethodNone
	if known && e.container != nil && e.role != runtimeRole && t.now-e.read <= fresh {
		t.table.touch(pid, at)
		return process{container: e.container}, true
	}
	p := t.meet(pid, at)
	switch {
	case p.state == alive:
		return p, !p.hidden
	case known && at-e.seen < t.reuse && (p.state == gone || p.start <= e.seen+slack):
		return process{container: e.container, role: e.role}, true
	case p.state == exiting:
		up, ok := t.parent(p.ppid, at, depth+1)
		if p.role == runtimeRole || up.role == kernelRole {
			up.role = p.role
		}
		up.state = exiting // for what is below it
		return up, ok
	}
	return process{}, false
}
