package container

// remember feeds the table: with the process of an event, and with its parent, which was alive at the event.
func (t *Tracker) remember(of event, p process, a Attribution) {
	e := entry{
		pid: int32(of.pid), ppid: int32(of.ppid), start: p.start, seen: of.at, read: t.now,
		method: a.Method, container: a.Container, role: p.role,
	}
	last, ok := t.table.get(of.pid)
	if ok && last.learnt && last.container.is(e.container) && (of.at-last.seen < t.reuse || p.start <= last.seen+slack) {
		e.role, e.learnt = runtimeRole, true
	}
	if of.ppid > 0 {
		t.compare(&e, of.at)
	}
	t.table.put(e)
}

// compare compares a process with its parent. What starts a process in another place than its own is a runtime, whatever
// its name; what it executes in its own place belongs to it. What adopts others' children has not started them.
func (t *Tracker) compare(e *entry, at int64) {
	ppid := int(e.ppid)
	parent, ok := t.table.get(ppid)
	ok = ok && parent.start <= at+slack
	if !ok || parent.role != runtimeRole && !parent.container.is(e.container) {
		t.meet(ppid, at) // it may have moved
		if parent, ok = t.table.get(ppid); !ok || parent.start > at+slack {
			return
		}
	}
	if parent.method == MethodNone {
		return
	}
	t.table.touch(ppid, at)
	same := parent.container.is(e.container)
	switch {
	case parent.role == adopterRole:
	case !same && parent.role != runtimeRole:
		parent.role, parent.learnt = runtimeRole, true
		t.launchers.add(ppid)
		t.suspect(ppid, at)
	case same && parent.role == runtimeRole:
		e.role = runtimeRole
	}
}

// meet reads a process that has no event now, and remembers it.
func (t *Tracker) meet(pid int, at int64) process {
	p := t.look(pid, at)
	if p.state != alive || p.hidden {
		return p
	}
	method := MethodCgroup
	if p.container == nil {
		method = MethodHost
		if p.container = t.knownToRuntime(event{pid, p.ppid, at}); p.container != nil {
			method = MethodRuntime
		}
	}
	learnt := false
	if e, ok := t.table.get(pid); ok && p.start <= e.seen+slack { // the same process
		if e.role == runtimeRole {
			p.role, learnt = runtimeRole, e.learnt
		}
		if p.container == nil && e.method == MethodRuntime {
			method, p.container = e.method, e.container
		}
	}
	t.table.put(entry{
		pid: int32(pid), ppid: int32(p.ppid), start: p.start, seen: at, read: t.now,
		method: method, container: p.container, role: p.role, learnt: learnt,
	})
	return p
}
