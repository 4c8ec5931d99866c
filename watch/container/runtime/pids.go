package runtime

import (
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

// keepPID is for how long a process is remembered after it is gone: records come late.
const keepPID = 2 * time.Second

// startedPIDs has the processes that the runtimes have started in containers, the first ones and those of docker exec, by
// pid. A pid and the time of its start are a process. Of one that is gone the start cannot be read any more: then a pid counts
// for what happened about the time when the process was there for certain.
type startedPIDs struct {
	proc   string
	reuse  time.Duration // for which a pid belongs to one process at least
	now    func() time.Time
	mu     sync.Mutex
	pids   map[int]*startedPID
	keys   map[string]int
	proven map[int]bool // the sources whose pids are this host's
	full   int          // at so many those that are gone are forgotten
}

type startedPID struct {
	key      string    // of the process: the container, or the container and the name of the exec
	id       string    // of the container
	start    int64     // in ticks, after the machine's start; 0: it was gone already
	from, to time.Time // when it was there for certain, first and last
	gone     time.Time // when that became known; zero: it is there
}

const (
	startedPIDLimit = 16384
	startedPIDFew   = 256
)

func newStartedPIDs(proc string, now func() time.Time) *startedPIDs {
	return &startedPIDs{
		proc: proc, reuse: container.PIDReuse(proc), now: now,
		pids: map[int]*startedPID{}, keys: map[string]int{}, proven: map[int]bool{}, full: startedPIDFew,
	}
}

// execKey is the key of a process of docker exec.
func execKey(id, exec string) string { return id + "/" + exec }

// add keeps a process that a source says it has started in a container. said is when it was there; zero: that is not known, the
// source was asked, and its answer may be old. What /proc says is believed first: a runtime on another machine, or in another
// pid namespace, gives pids that are not this host's. Where /proc says nothing, the source is believed if another pid of it was
// right, and if the pid cannot have been given out again since it spoke.
func (p *startedPIDs) add(owner int, key, id string, pid int, said time.Time) {
	start, is := p.check(pid, id)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proven[owner] = p.proven[owner] || is == certain
	now := p.now()
	believed := p.proven[owner] && !said.IsZero() && (start == 0 || now.Sub(said) < p.reuse)
	if is == denied || is == unknown && !believed {
		return
	}
	one := &startedPID{key: key, id: id, start: start, from: said, to: now}
	if said.IsZero() {
		one.from = now
	}
	if start == 0 {
		one.to, one.gone = said, now
	}
	old, ok := p.pids[pid]
	if ok && old.key == key && (start != 0 && start == old.start || start == 0 && p.covers(old, said)) { // Docker says it, and containerd
		old.extend(one.from, one.to)
		return
	}
	p.forget(key)
	if ok {
		p.forget(old.key)
	}
	if len(p.pids) >= p.full {
		p.sweep()
		p.full = min(max(2*len(p.pids), startedPIDFew), startedPIDLimit)
	}
	if len(p.pids) < startedPIDLimit {
		p.pids[pid], p.keys[key] = one, pid
	}
}

// extend notes more times when it was there.
func (s *startedPID) extend(from, to time.Time) {
	if from.Before(s.from) {
		s.from = from
	}
	if to.After(s.to) {
		s.to = to
	}
}

// claim is what /proc says of a process that is claimed to be a container's.
type claim int

const (
	denied   claim = iota // it is another's, or the host's
	unknown               // it is gone, or exits
	possible              // its cgroups name no container, and it is the first of a pid namespace
	certain               // its cgroups name the container
)

// check looks at the process that has the pid now; start is 0 where there is none.
func (p *startedPIDs) check(pid int, id string) (start int64, is claim) {
	start, exiting, there := container.StartTime(p.proc, pid)
	dir := p.proc + "/" + strconv.Itoa(pid)
	cgroup, err := os.ReadFile(dir + "/cgroup")
	if !there || err != nil {
		return 0, unknown
	}
	switch {
	case container.InCgroup(string(cgroup), id):
		return start, certain
	case inContainer(string(cgroup)):
		return start, denied
	case exiting:
		return start, unknown
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return 0, unknown
	}
	_, rest, _ := strings.Cut(string(status), "\nNSpid:\t")
	if pids, _, _ := strings.Cut(rest, "\n"); strings.HasSuffix(pids, "\t1") {
		return start, possible
	}
	return start, denied
}

func inContainer(cgroup string) bool {
	_, ok := container.ParseCgroup(cgroup)
	return ok
}

// end notes that a process is gone, or soon is.
func (p *startedPIDs) end(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pid, ok := p.keys[key]; ok && p.pids[pid].gone.IsZero() {
		p.pids[pid].gone = p.now()
	}
}

// compare looks which processes are gone: while a runtime was away it said nothing of their end.
func (p *startedPIDs) compare() {
	p.mu.Lock()
	known := maps.Clone(p.pids)
	p.mu.Unlock()
	for pid, one := range known {
		start, _, alive := container.StartTime(p.proc, pid)
		if alive && start == one.start {
			continue
		}
		p.mu.Lock()
		if one.gone.IsZero() {
			one.gone = p.now()
		}
		p.mu.Unlock()
	}
}

// find is the container in which a runtime has started the process that had the pid at a time.
func (p *startedPIDs) find(pid int, at time.Time) (id string, ok bool) {
	p.mu.Lock()
	found, ok := p.pids[pid]
	p.mu.Unlock()
	if !ok {
		return "", false
	}
	start, _, alive := container.StartTime(p.proc, pid)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case alive && start == found.start:
		found.to = p.now()
		return found.id, true
	case alive: // the pid was given out again
		if p.pids[pid] == found {
			p.forget(found.key)
		}
		return "", false
	case found.gone.IsZero():
		found.gone = p.now()
	}
	return p.remembered(found, at)
}

// about is find for a process that is gone.
func (p *startedPIDs) about(pid int, at time.Time) (id string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.pids[pid]; ok {
		return p.remembered(found, at)
	}
	return "", false
}

func (p *startedPIDs) remembered(s *startedPID, at time.Time) (id string, ok bool) {
	if !p.covers(s, at) {
		return "", false
	}
	return s.id, true
}

// covers is whether no other process can have had the pid at that time.
func (p *startedPIDs) covers(s *startedPID, at time.Time) bool {
	return s.from.Sub(at) < p.reuse && at.Sub(s.to) < p.reuse
}

func (p *startedPIDs) forget(key string) {
	if pid, ok := p.keys[key]; ok {
		delete(p.pids, pid)
		delete(p.keys, key)
	}
}

// sweep forgets all that are gone.
func (p *startedPIDs) sweep() {
	for _, found := range p.pids {
		if !found.gone.IsZero() && p.now().Sub(found.gone) >= keepPID {
			p.forget(found.key)
		}
	}
}
