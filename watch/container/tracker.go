package container

import "time"

// Index knows the first process of each container, as the runtimes say. It knows when a pid was given out again.
type Index interface {
	ContainerOfInit(pid int) (id string, ok bool)
}

// Options are for NewTracker.
type Options struct {
	Proc  string // the host's /proc; empty: /proc
	Index Index  // nil: no runtime says which processes are the first of a container
	Size  int    // how many processes are remembered; 0: 16384
}

// Tracker attributes processes to containers. It is for one goroutine.
type Tracker struct {
	proc  *proc
	index Index
	table *table
	clock clock
	reuse int64 // ticks in which a pid does not come again
	own   own
	known map[string]*Container
	now   int64 // when the record arrived
}

// NewTracker opens the /proc and reads all processes that there are.
func NewTracker(o Options) (*Tracker, error) {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Size == 0 {
		o.Size = 16384
	}
	p, err := openProc(o.Proc)
	if err != nil {
		return nil, err
	}
	t := &Tracker{
		proc:  p,
		index: o.Index,
		table: newTable(o.Size),
		known: make(map[string]*Container),
		reuse: readReuse(p),
		own:   findOwn(),
	}
	if err := t.scan(o.Proc); err != nil {
		_ = p.close()
		return nil, err
	}
	return t, nil
}

// Close closes the /proc.
func (t *Tracker) Close() error {
	return t.proc.close()
}

// Attribute says where the process of an event is or was. At is the event's time, arrived is when its first record was
// read. It must be called at once: a short process is there for a millisecond.
func (t *Tracker) Attribute(pid, ppid int, at, arrived time.Time) Attribution {
	t.now = t.clock.sinceBoot(t.proc, arrived)
	a := t.attribute(pid, ppid, t.clock.sinceBoot(t.proc, at))
	a.Latency = time.Since(arrived)
	return a
}

func (t *Tracker) attribute(pid, ppid int, at int64) Attribution {
	p := t.lookWithVPID(pid, at)
	if p.state != alive {
		return t.attributeGone(pid, ppid, at, p)
	}
	a := Attribution{Method: MethodHost, VPID: p.vpid, Container: p.container}
	switch {
	case p.container != nil:
		a.Method = MethodCgroup
	case p.hidden:
		a.Method, a.Reason = MethodNone, ReasonHidden
		return a
	default:
		t.attributeByRuntime(pid, ppid, at, &a)
	}
	t.remember(pid, ppid, at, p, a)
	return a
}

// attributeByRuntime is about a living process whose cgroups have no container. A runtime may know it as the first process
// of one, or may so know what started it.
func (t *Tracker) attributeByRuntime(pid, ppid int, at int64, a *Attribution) {
	if id, ok := t.firstOf(pid); ok {
		a.Method, a.Container = MethodRuntime, t.container([]byte(id), nil, "")
		return
	}
	parent, ok := t.table.get(ppid)
	if ok && parent.start <= at+slack && parent.method == MethodRuntime && parent.container != nil {
		a.Method, a.Container = MethodRuntime, parent.container
	}
}

// firstOf is the container of which the process is the first, as the runtimes say.
func (t *Tracker) firstOf(pid int) (id string, ok bool) {
	if t.index == nil {
		return "", false
	}
	return t.index.ContainerOfInit(pid)
}

// attributeGone is about a process that cannot be read any more, or whose cgroups say nothing any more. It inherits from
// its parent, unless that is a runtime. The host counts only where the parent lives, has not adopted the process, and
// the process had no event before: in between it could have gone into a container by itself.
func (t *Tracker) attributeGone(pid, ppid int, at int64, p process) Attribution {
	a := Attribution{Method: MethodNone, Reason: ReasonGone, VPID: p.vpid}
	if p.state == exiting {
		a.Reason = ReasonExiting
	}
	e, met := t.table.get(pid)
	if met = met && t.isStill(e, ppid, at); met {
		if e.container != nil && !e.runtime {
			a.Method, a.Reason, a.Container = e.method, "", e.container
			t.table.touch(pid, at)
			return a
		}
		ppid = int(e.ppid)
	}
	parent, ok := t.parent(ppid, at, 0)
	id, first := t.firstOf(pid)
	switch {
	case !ok:
	case parent.runtime && first:
		a.Method, a.Reason, a.Container = MethodRuntime, "", t.container([]byte(id), nil, "")
	case parent.runtime:
		a.Reason = ReasonRuntime
	case parent.container != nil:
		a.Method, a.Reason, a.Container = MethodParent, "", parent.container
	case parent.kernel || parent.state == alive && !met && !first && !adopts(ppid, parent):
		a.Method, a.Reason = MethodHost, ""
	}
	if a.Container != nil {
		e := entry{pid: int32(pid), ppid: int32(ppid), start: at, seen: at, method: a.Method, container: a.Container}
		if p.state == exiting {
			e.start = p.start
		}
		t.table.put(e)
	}
	return a
}

// isStill is whether what is remembered is the process of an event: its pid was not given out again since. A record of a
// program's own does not say the parent (0).
func (t *Tracker) isStill(e *entry, ppid int, at int64) bool {
	return (ppid == 0 || int(e.ppid) == ppid) && e.start <= at+slack && at-e.seen < t.reuse
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
	known = known && e.start <= at+slack
	if known && e.container != nil && !e.runtime && t.now-e.read <= fresh {
		t.table.touch(pid, at)
		return process{container: e.container}, true
	}
	p := t.meet(pid, at)
	switch {
	case p.state == alive:
		return p, !p.hidden
	case known && at-e.seen < t.reuse && (p.state == gone || p.start <= e.seen+slack):
		return process{container: e.container, runtime: e.runtime}, true
	case p.state == exiting:
		up, ok := t.parent(p.ppid, at, depth+1)
		up.runtime = up.runtime || p.runtime
		up.state = exiting // for what is below it
		return up, ok
	}
	return process{}, false
}

// remember feeds the table: with the process, and with its parent, which was alive at the event.
func (t *Tracker) remember(pid, ppid int, at int64, p process, a Attribution) {
	if ppid == 0 {
		ppid = p.ppid
	}
	e := entry{
		pid: int32(pid), ppid: int32(ppid), start: p.start, seen: at, read: t.now,
		method: a.Method, container: a.Container, runtime: p.runtime,
	}
	if ppid > 0 {
		t.compare(&e, at)
	}
	t.table.put(e)
}

// compare compares a process with its parent. What starts a process in another place than its own is a runtime, whatever
// its name; what it executes in its own place belongs to it.
func (t *Tracker) compare(e *entry, at int64) {
	ppid := int(e.ppid)
	parent, ok := t.table.get(ppid)
	ok = ok && parent.start <= at+slack
	if !ok || !parent.runtime && !parent.container.is(e.container) {
		t.meet(ppid, at) // it may have moved
		if parent, ok = t.table.get(ppid); !ok || parent.start > at+slack {
			return
		}
	}
	t.table.touch(ppid, at)
	if parent.container.is(e.container) {
		e.runtime = e.runtime || parent.runtime
	} else {
		parent.runtime = true
	}
}

// meet reads a process that has no event now, and remembers it.
func (t *Tracker) meet(pid int, at int64) process {
	p := t.look(pid, at)
	if p.state != alive || p.hidden {
		return p
	}
	method := MethodHost
	if p.container != nil {
		method = MethodCgroup
	}
	if e, ok := t.table.get(pid); ok && p.start <= e.seen+slack { // the same process
		p.runtime = p.runtime || e.runtime
		if p.container == nil && e.method == MethodRuntime {
			method, p.container = e.method, e.container
		}
	}
	t.table.put(entry{
		pid: int32(pid), ppid: int32(p.ppid), start: p.start, seen: at, read: t.now,
		method: method, container: p.container, runtime: p.runtime,
	})
	return p
}

// container is the one value of all processes of a container.
func (t *Tracker) container(id, outer []byte, runtime string) *Container {
	c, ok := t.known[string(id)]
	if ok && c.ParentID == string(outer) && c.Runtime == runtime {
		return c
	}
	if len(t.known) >= maxKnown {
		clear(t.known)
	}
	c = &Container{ID: string(id), ParentID: string(outer), Runtime: runtime}
	t.known[c.ID] = c
	return c
}

// is compares two containers; nil is the host.
func (c *Container) is(other *Container) bool {
	return c == other || c != nil && other != nil && c.ID == other.ID
}

// maxKnown limits how many containers are remembered at a time.
const maxKnown = 4096
