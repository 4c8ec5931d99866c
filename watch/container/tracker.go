package container

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// Index knows the first process of each container, and those that were started in it later, as the runtimes say: by the pid, and a
// time when it was that process's.
type Index interface {
	ContainerOfInit(pid int, at time.Time) (id string, ok bool)
}

// Options are for NewTracker.
type Options struct {
	Proc  string // the host's /proc; empty: /proc
	Index Index  // nil: no runtime says which processes are the first of a container
	Blind bool   // Proc is of another pid namespace than the records: nothing is read there
	Size  int    // how many processes are remembered; 0: 16384
}

// Tracker attributes processes to containers. It is for one goroutine.
type Tracker struct {
	proc      *proc
	index     Index
	table     *table
	clock     clock
	blind     bool
	reuse     int64 // ticks in which a pid does not come again
	own       own
	known     map[string]*Container
	launchers launchers
	suspects  map[string]int64 // names of launchers, and when one was found last
	now       int64            // when the record arrived
	at        time.Time        // when its event was
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
		proc:     p,
		index:    o.Index,
		table:    newTable(o.Size),
		known:    make(map[string]*Container),
		suspects: make(map[string]int64),
		clock:    clock{now: time.Now},
		blind:    o.Blind,
		reuse:    int64(PIDReuse(o.Proc) / tick),
		own:      findOwn(),
	}
	if err := t.scan(o.Proc); err != nil {
		_ = p.close()
		return nil, err
	}
	return t, nil
}

// scan reads all processes that there are, and finds runtimes among them by what they have started.
func (t *Tracker) scan(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list the processes: %w", err)
	}
	t.at = t.clock.now()
	t.now = t.clock.sinceBoot(t.proc, t.at)
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			t.meet(pid, t.now)
		}
	}
	for _, e := range slices.Clone(t.table.slots[1:]) {
		if e.ppid > 0 {
			t.compare(&e, t.now)
		}
	}
	return nil
}

// Close closes the /proc.
func (t *Tracker) Close() error {
	return t.proc.close()
}

// Attribute says where the process of an event is or was. At is the event's time, arrived is when its first record was
// read. It must be called at once: a short process is there for a millisecond.
func (t *Tracker) Attribute(pid, ppid int, at, arrived time.Time) Attribution {
	t.at = arrived.Add(at.Sub(arrived)) // on the clock that nobody sets
	if t.blind {
		return Attribution{Method: MethodNone, Reason: ReasonPIDs, At: t.at}
	}
	t.now = t.clock.sinceBoot(t.proc, arrived)
	e := event{pid: pid, ppid: ppid, at: t.clock.sinceBoot(t.proc, at)}
	p := t.lookWithVPID(pid, e.at)
	var a Attribution
	if p.state == alive {
		a = t.attributeAlive(e, p)
	} else {
		a = t.attributeGone(e, p)
	}
	a.VPID, a.At = p.vpid, t.at
	a.Latency = time.Since(arrived)
	return a
}

// event is what an event says of its process.
type event struct {
	pid, ppid int   // ppid 0: it does not say
	at        int64 // when it was
}

// firstOf is the container of which the process is the first, as the runtimes say.
func (t *Tracker) firstOf(pid int) (id string, ok bool) {
	if t.index == nil {
		return "", false
	}
	return t.index.ContainerOfInit(pid, t.at)
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
