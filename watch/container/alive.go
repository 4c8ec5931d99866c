package container

// attributeAlive is about a process that could be read. What its cgroups say counts:
//
//	its cgroups                        the answer
//	name a container                   cgroup
//	say nothing to this reader         none, cgroup-namespace
//	name none, and a runtime knows     runtime: it is the first process of a container, or its parent was found so
//	name none                          host
func (t *Tracker) attributeAlive(e event, p process) Attribution {
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

// knownToRuntime is the container of a living process whose cgroups name none.
func (t *Tracker) knownToRuntime(e event) *Container {
	if id, ok := t.firstOf(e.pid); ok {
		return t.container([]byte(id), nil, "")
	}
	parent, ok := t.table.get(e.ppid)
	if ok && parent.start <= e.at+slack && parent.method == MethodRuntime {
		return parent.container
	}
	return nil
}
