package container

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

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
	runtime   bool       // it is part of a container runtime
	kernel    bool       // it is a thread of the kernel
	manager   bool       // it is systemd
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
	p := process{state: alive, start: at}
	if where := findPlace(text); where.depth > 0 && t.now-at < t.reuse {
		p.container = t.containerAt(where)
	} else if p = t.judge(pid, at, where); p.state != alive {
		return p
	}
	if text, ok := t.proc.read(pid, "/status", &t.proc.status); ok {
		s := parseStatus(text)
		p.vpid, p.ppid = s.vpid, s.ppid
		p.runtime = isRuntime(s.name)
	}
	return p
}

// judge says of a process what its cgroups mean.
func (t *Tracker) judge(pid int, at int64, where place) process {
	var s stat
	text, ok := t.proc.read(pid, "/stat", &t.proc.stat)
	if ok {
		s, ok = parseStat(text)
	}
	if !ok && where.depth == 0 || s.start > at+slack {
		return process{} // it ended, or the pid was given out again
	}
	p := process{state: alive, ppid: s.ppid, start: s.start, kernel: s.kernel, runtime: isRuntime(s.comm)}
	p.manager = string(s.comm) == "systemd"
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

// scan reads all processes that there are.
func (t *Tracker) scan(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list the processes: %w", err)
	}
	t.now = t.clock.sinceBoot(t.proc, time.Now())
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			t.meet(pid, t.now)
		}
	}
	return nil
}

// runtimeNames are the names of what starts containers, as the kernel cuts them. Of families the beginning is enough. What
// these execute under other names, as runc does with itself, is known by its parent.
var (
	runtimeNames = []string{
		"runc", "crun", "youki", "sysbox-runc", "docker-runc", "docker-containe", "nvidia-containe", "dockerd", "podman",
		"nerdctl", "ctr", "crio", "kubelet", "lxd", "incusd", "gdn", "systemd-nspawn",
	}
	runtimeFamilies = []string{"runc:", "containerd", "conmon", "buildkit", "kata-", "runsc", "lxc-", "[lxc "}
)

// isRuntime is about the name of a process: what a runtime starts may be in another container than itself.
func isRuntime(name []byte) bool {
	for _, known := range runtimeNames {
		if string(name) == known {
			return true
		}
	}
	for _, family := range runtimeFamilies {
		if len(name) >= len(family) && string(name[:len(family)]) == family {
			return true
		}
	}
	return false
}

// adopts is whether a process can be the parent of what it did not start: the first process, and systemd for a user, get
// the orphans of everything, of containers, too.
func adopts(pid int, p process) bool {
	return pid == 1 || p.manager
}
