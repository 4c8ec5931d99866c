package container

import (
	"fmt"
	"os"
	"strconv"
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
	ppid      int
	start     int64
	vpid      int // 0: not known
	levels    int // of pid namespaces
}

// look reads the process that had the pid at a time. The cgroups come first, because they tell most. The state
// comes after them: what is alive then was so before, and the kernel did not hide its cgroups.
func (t *Tracker) look(pid int, at int64) process {
	text, ok := t.proc.read(pid, "/cgroup", &t.proc.cgroup)
	if !ok {
		return process{}
	}
	where := findPlace(text)
	text, ok = t.proc.read(pid, "/stat", &t.proc.stat)
	var s stat
	if ok {
		s, ok = parseStat(text)
	}
	if ok && s.start > at+slack {
		return process{} // the pid was given out again
	}
	if !ok && where.depth == 0 {
		return process{}
	}
	p := process{state: alive, ppid: s.ppid, start: s.start, kernel: s.kernel, runtime: isRuntime(s.comm)}
	inside := t.own.hidden && !where.above
	switch {
	case where.depth > 1 || where.depth == 1 && !inside:
		p.container = t.container(where.id, where.outer, where.runtime)
	case where.depth == 1:
		p.container = t.container(where.id, []byte(t.own.id), where.runtime)
	case s.exiting && where.legacy:
		p.state = exiting
	case inside && t.own.id != "":
		p.container = t.container([]byte(t.own.id), nil, t.own.runtime)
	case inside:
		p.hidden = true
	}
	return p
}

// readVPID completes the process by its pids in other namespaces.
func (t *Tracker) readVPID(pid int, p *process) {
	if text, ok := t.proc.read(pid, "/status", &t.proc.status); ok {
		p.vpid, p.levels = parseNSpid(text)
	}
}

// scan reads all processes that there are.
func (t *Tracker) scan(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list the processes: %w", err)
	}
	now := t.clock.now(t.proc)
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			t.meet(pid, now)
		}
	}
	return nil
}

// runtimeNames are the names of what starts containers, as the kernel cuts them. Of families the beginning is enough. What
// these execute under other names, as runc does with itself, is known by its parent.
var (
	runtimeNames = []string{
		"runc", "crun", "runsc", "youki", "dockerd", "docker-runc", "docker-containe", "podman", "nerdctl", "crio", "ctr",
		"kubelet", "systemd-nspawn",
	}
	runtimeFamilies = []string{"runc:", "containerd", "conmon", "buildkit", "kata-", "lxc-", "[lxc "}
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
