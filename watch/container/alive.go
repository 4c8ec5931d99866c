package container

// attributeAlive is about a process that could be read. What its cgroups say counts:
//
//	its cgroups                        the answer
//	name a container                   cgroup
//	say nothing to this reader         none, cgroup-namespace
//	name none, and a runtime knows     runtime: it is, or descends from, the first process of a container
//	name none                          host
func (t *Tracker) attributeAlive(e event, p process) Attribution {
	if e.ppid == 0 {
		e.ppid = p.ppid
	}
	a := Attribution{Method: MethodHost, Container: p.container}
	switch {
	case p.container != nil:
		a.Method = MethodCgroup
	case p.hidden:
		return Attribution{Method: MethodNone, Reason: ReasonHidden}
	default:
		if c := t.knownToRuntime(e); c != nil {
			a.Method, a.Container = MethodRuntime, c
		}
	}
	t.remember(e, p, a)
	return a
}

// ancestors is how far up the runtimes are asked for the first process of a container.
const ancestors = 16

// knownToRuntime is the container of a living process whose cgroups name none: of the first process above it that a runtime
// knows. An engine without privileges makes no cgroups on a host of v1.
func (t *Tracker) knownToRuntime(e event) *Container {
	pid, ppid := e.pid, e.ppid
	for range ancestors {
		if id, ok := t.firstOf(pid); ok {
			return t.container([]byte(id), nil, "")
		}
		if ppid <= 1 {
			return nil
		}
		parent, ok := t.table.get(ppid)
		if pid, ppid = ppid, 0; ok && parent.start <= e.at+slack {
			if parent.method == MethodRuntime {
				return parent.container
			}
			ppid = int(parent.ppid)
		}
	}
	return nil
}
