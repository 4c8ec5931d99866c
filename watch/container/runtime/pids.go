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

// keepPID is for how long a process is known by its pid after it is gone: records come late, but a pid is given out again.
const keepPID = 2 * time.Second

// pidAge is how long before or after a record the runtime may have said who has the pid, where the process is gone: the
// kernel cannot have given out all other pids in between.
const pidAge = 300 * time.Millisecond

// startedPIDs has the processes that the runtimes have started in containers, the first ones and those of docker exec, by
// pid and start time, so that a pid that was given out again is not taken for the container's.
type startedPIDs struct {
	proc   string
	now    func() time.Time
	mu     sync.Mutex
	pids   map[int]*startedPID
	keys   map[string]int
	proven map[int]bool // the sources whose pids are this host's
	full   int          // at so many those that are gone are forgotten
}

type startedPID struct {
	key   string // of the process: the container, or the container and the name of the exec
	id    string // of the container
	start uint64 // in ticks, after the machine's start; 0: it was gone already
	added time.Time
	gone  time.Time // when it was seen to be gone; zero: it was not
}

const (
	startedPIDLimit = 16384
	startedPIDFew   = 256
)

func newStartedPIDs(proc string, now func() time.Time) *startedPIDs {
	return &startedPIDs{proc: proc, now: now, pids: map[int]*startedPID{}, keys: map[string]int{}, proven: map[int]bool{}, full: startedPIDFew}
}

// execKey is the key of a process of docker exec.
func execKey(id, exec string) string { return id + "/" + exec }

// add keeps a process that a source says it has started in a container, if it is the container's: a runtime on another
// machine, or in another pid namespace, gives pids that are not this host's. Of one that is gone already the source is
// believed where another pid of it was right.
func (p *startedPIDs) add(owner int, key, id string, pid int) {
	start, alive := startTime(p.proc, pid)
	certain, possible := p.isOf(pid, id)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proven[owner] = p.proven[owner] || certain
	if alive && !possible || !alive && !p.proven[owner] {
		return
	}
	p.forget(key)
	if old, ok := p.pids[pid]; ok {
		p.forget(old.key)
	}
	if len(p.pids) >= p.full {
		p.sweep()
		p.full = min(max(2*len(p.pids), startedPIDFew), startedPIDLimit)
	}
	if len(p.pids) >= startedPIDLimit {
		return
	}
	one := &startedPID{key: key, id: id, start: start, added: p.now()}
	if !alive {
		one.gone = one.added
	}
	p.pids[pid], p.keys[key] = one, pid
}

// isOf is whether the process can be the container's: certain where its cgroups name that, possible where they name none and it
// is the first of a pid namespace.
func (p *startedPIDs) isOf(pid int, id string) (certain, possible bool) {
	dir := p.proc + "/" + strconv.Itoa(pid)
	cgroup, err := os.ReadFile(dir + "/cgroup")
	if err != nil {
		return false, false
	}
	if container.InCgroup(string(cgroup), id) {
		return true, true
	}
	if inContainer(string(cgroup)) {
		return false, false
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return false, false
	}
	_, rest, _ := strings.Cut(string(status), "\nNSpid:\t")
	pids, _, _ := strings.Cut(rest, "\n")
	return false, strings.HasSuffix(pids, "\t1")
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

func (p *startedPIDs) find(pid int) (string, bool) {
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
			p.forget(found.key)
		}
		return "", false
	case found.gone.IsZero():
		found.gone = p.now()
		return found.id, true
	case p.now().Sub(found.gone) < keepPID:
		return found.id, true
	}
	if p.pids[pid] == found {
		p.forget(found.key)
	}
	return "", false
}

// about is the container in which a runtime has started the process that had the pid at a time, as it said about then.
func (p *startedPIDs) about(pid int, at time.Time) (id string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.pids[pid]
	if !ok || found.added.Sub(at).Abs() > pidAge {
		return "", false
	}
	return found.id, true
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
