package runtime

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

// keepPID is for how long a first process is known by its pid after it is gone: records come late, but a pid is given out
// again.
const keepPID = 2 * time.Second

// initPIDs has the first processes of containers by pid and start time, so that a pid that was given out again is not taken
// for the container's.
type initPIDs struct {
	proc string
	now  func() time.Time
	mu   sync.Mutex
	pids map[int]*initPID
	ids  map[string]int
}

type initPID struct {
	id    string
	start uint64    // in ticks, after the machine's start
	gone  time.Time // when it was seen to be gone; zero: it was not
}

const initPIDLimit = 16384

func newInitPIDs(proc string, now func() time.Time) *initPIDs {
	return &initPIDs{proc: proc, now: now, pids: map[int]*initPID{}, ids: map[string]int{}}
}

// add keeps the first process of a container, if it is there and is the container's: a runtime on another machine, or in
// another pid namespace, gives pids that are not this host's.
func (p *initPIDs) add(id string, pid int) {
	start, ok := startTime(p.proc, pid)
	if !ok {
		return
	}
	if !p.isOf(pid, id) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(id)
	if old, ok := p.pids[pid]; ok {
		p.forget(old.id)
	}
	if len(p.pids) >= initPIDLimit {
		p.sweep()
	}
	if len(p.pids) < initPIDLimit {
		p.pids[pid], p.ids[id] = &initPID{id: id, start: start}, pid
	}
}

// isOf is whether the process can be the first of the container: its cgroups name it, or they name none and it is the first
// process of a pid namespace.
func (p *initPIDs) isOf(pid int, id string) bool {
	dir := p.proc + "/" + strconv.Itoa(pid)
	cgroup, err := os.ReadFile(dir + "/cgroup")
	if err != nil || container.InCgroup(string(cgroup), id) {
		return err == nil
	}
	if inContainer(string(cgroup)) {
		return false
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(status), "\nNSpid:\t")
	pids, _, _ := strings.Cut(rest, "\n")
	return strings.HasSuffix(pids, "\t1")
}

func inContainer(cgroup string) bool {
	_, ok := container.ParseCgroup(cgroup)
	return ok
}

// end notes that the first process of a container is gone, or soon is.
func (p *initPIDs) end(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pid, ok := p.ids[id]; ok && p.pids[pid].gone.IsZero() {
		p.pids[pid].gone = p.now()
	}
}

func (p *initPIDs) find(pid int) (string, bool) {
	p.mu.Lock()
	found, ok := p.pids[pid]
	p.mu.Unlock()
	if !ok {
		return "", false
	}
	start, alive := startTime(p.proc, pid)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case alive && start == found.start:
		return found.id, true
	case alive: // the pid was given out again
		if p.pids[pid] == found {
			p.forget(found.id)
		}
		return "", false
	case found.gone.IsZero():
		found.gone = p.now()
		return found.id, true
	case p.now().Sub(found.gone) < keepPID:
		return found.id, true
	}
	if p.pids[pid] == found {
		p.forget(found.id)
	}
	return "", false
}

func (p *initPIDs) forget(id string) {
	if pid, ok := p.ids[id]; ok {
		delete(p.pids, pid)
		delete(p.ids, id)
	}
}

// sweep forgets all that are gone.
func (p *initPIDs) sweep() {
	for _, found := range p.pids {
		if !found.gone.IsZero() && p.now().Sub(found.gone) >= keepPID {
			p.forget(found.id)
		}
	}
}

// startTime is when a process began, in ticks after the machine's start. It is false where there is no such process.
func startTime(proc string, pid int) (uint64, bool) {
	text, err := os.ReadFile(proc + "/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // the name may have any byte
	const starttime = 22 - 3                                        // the first of these is the third
	if len(fields) <= starttime {
		return 0, false
	}
	start, err := strconv.ParseUint(string(fields[starttime]), 10, 64)
	return start, err == nil
}
