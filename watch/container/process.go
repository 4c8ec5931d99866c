package container

// state is what can be read of a process.
type state int

const (
	gone    state = iota // there is none, or the pid is another process's now
	exiting              // it is there, but its cgroups say nothing any more
	alive
)

// process is what /proc says of a process now.
type process struct {
	state     state
	container *Container // nil: its cgroups have none
	hidden    bool       // its cgroups say nothing to a reader in this cgroup namespace
	role      role
	ppid      int
	start     int64
	vpid      int // 0: not known
}

// look reads the process that had the pid at a time. The cgroups come first, because they tell most. The state
// comes after them: what is alive then was so before, and the kernel did not hide its cgroups.
func (t *Tracker) look(pid int, at int64) process {
	text, ok := t.proc.read(pid, "/cgroup", &t.proc.cgroup)
	if !ok {
		return process{}
	}
	return t.judge(pid, at, findPlace(text))
}

// lookWithVPID reads the process of an event. Where its cgroups have a container, and its pid cannot have been given out
// again since the event, nothing more has to be known of it; then it is the later by one file that its end comes too early.
func (t *Tracker) lookWithVPID(pid int, at int64) process {
	text, ok := t.proc.read(pid, "/cgroup", &t.proc.cgroup)
	if !ok {
		return process{}
	}
	where := findPlace(text)
	certain := where.depth > 0 && t.now-at < t.reuse
	p := process{state: alive, start: at}
	if certain {
		p.container = t.containerAt(where)
	} else if p = t.judge(pid, at, where); p.state == gone {
		return p
	}
	if text, ok := t.proc.read(pid, "/status", &t.proc.status); ok {
		s := parseStatus(text)
		p.vpid = s.vpid
		if certain {
			p.ppid, p.role = s.ppid, roleOf(pid, s.name, false)
		}
	}
	return p
}

// judge says of a process what its cgroups mean.
func (t *Tracker) judge(pid int, at int64, where place) process {
	s, ok := t.readStat(pid)
	if !ok && where.depth == 0 || s.start > at+slack {
		return process{} // it ended, or the pid was given out again
	}
	if !ok {
		s.start = at
	}
	p := process{state: alive, ppid: s.ppid, start: s.start, role: roleOf(pid, s.comm, s.kernel)}
	switch p.container = t.containerAt(where); {
	case p.container != nil:
	case s.exiting && where.legacy:
		p.state = exiting
	case !t.own.hidden || where.above:
	case t.own.id != "":
		p.container = t.container([]byte(t.own.id), nil, t.own.runtime)
	default:
		p.hidden = true
	}
	return p
}

// readStat is false where there is no process with the pid.
func (t *Tracker) readStat(pid int) (stat, bool) {
	text, ok := t.proc.read(pid, "/stat", &t.proc.stat)
	if !ok {
		return stat{}, false
	}
	return parseStat(text)
}

// containerAt is the container that the cgroups name. What is below the root of tswatch's own cgroup namespace is
// in tswatch's container.
func (t *Tracker) containerAt(where place) *Container {
	switch {
	case where.depth == 0:
		return nil
	case where.depth == 1 && t.own.hidden && !where.above:
		return t.container(where.id, []byte(t.own.id), where.runtime)
	}
	return t.container(where.id, where.outer, where.runtime)
}
