package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

// connection keeps the connection to one source, and takes its news.
type connection struct {
	source source
	owner  int // its place among the sources: what one says is not replaced by those after it
	all    *Runtimes
	now    func() time.Time

	wanted chan struct{} // somebody asks: connect now
	tried  chan struct{} // closed after the first try
	once   sync.Once

	mu     sync.Mutex
	listed bool // connected, and all that is there is known
	last   error
	stats  Stats
}

const (
	triesAfterLoss = 12               // about three minutes; after that, only where somebody asks
	steady         = 10 * time.Second // a connection that lasted so long was good
	wantedPause    = 1 * time.Second  // between tries because somebody asks
)

func newConnection(s source, owner int, all *Runtimes) *connection {
	return &connection{
		source: s, owner: owner, all: all, now: time.Now,
		wanted: make(chan struct{}, 1), tried: make(chan struct{}),
		stats: Stats{Runtime: s.name()},
	}
}

// keep connects, again and again, until ctx ends. A runtime that has been absent for long costs nothing: it is tried again
// when a container appears that nobody knows.
func (c *connection) keep(ctx context.Context) {
	defer c.once.Do(func() { close(c.tried) })
	for failures := 0; ctx.Err() == nil; {
		began := c.now()
		err := c.source.follow(ctx, c, c.isListed)
		c.lost(ctx, err)
		if c.now().Sub(began) > steady {
			failures = 0
		}
		c.once.Do(func() { close(c.tried) })
		failures++
		c.pause(ctx, failures)
	}
}

// pause waits for the next try.
func (c *connection) pause(ctx context.Context, failures int) {
	var due <-chan time.Time
	if failures <= triesAfterLoss {
		timer := time.NewTimer(backoff(failures - 1))
		defer timer.Stop()
		due = timer.C
	}
	early := time.NewTimer(wantedPause)
	defer early.Stop()
	select {
	case <-due:
		return
	case <-early.C:
	case <-ctx.Done():
		return
	}
	select {
	case <-due:
	case <-c.wanted:
	case <-ctx.Done():
	}
}

// want asks for a connection, where there is none.
func (c *connection) want() {
	select {
	case c.wanted <- struct{}{}:
	default:
	}
}

func (c *connection) isListed(err error) {
	c.all.pids.compare()
	c.mu.Lock()
	c.listed, c.last = true, nil
	c.stats.Connections++
	c.mu.Unlock()
	select {
	case <-c.wanted: // it is there
	default:
	}
	c.once.Do(func() { close(c.tried) })
	if err != nil {
		c.all.log.Warn("container runtime connected, but it does not list its containers: each is asked for when it does something",
			"runtime", c.source.name(), "error", err)
		return
	}
	c.all.log.Info("container runtime connected", "runtime", c.source.name(), "containers", c.all.index.count(c.owner))
}

// lost notes that there is no connection, and says so where that is news.
func (c *connection) lost(ctx context.Context, err error) {
	c.mu.Lock()
	had, news := c.listed, c.last == nil
	c.listed, c.last = false, err
	c.mu.Unlock()
	switch {
	case ctx.Err() != nil:
	case had:
		c.all.log.Warn("container runtime lost: new containers have no name and image until it is back", "runtime", c.source.name(), "error", err)
	case news && errors.Is(err, errAbsent):
		c.all.log.Info("container runtime not found", "runtime", c.source.name(), "error", err)
	case news:
		c.all.log.Warn("container runtime cannot be asked", "runtime", c.source.name(), "error", err)
	}
}

func (c *connection) isConnected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.listed
}

func (c *connection) tally(count func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count(&c.stats)
}

// The connection is the sink of its source.

func (c *connection) appeared(found *container.Container) {
	c.tally(func(s *Stats) { s.News++ })
	if c.all.index.putLittle(c.owner, found) {
		c.all.ask(found.ID, true)
	}
}

func (c *connection) changed(id string) {
	c.tally(func(s *Stats) { s.News++ })
	c.all.ask(id, true)
}

func (c *connection) started(id string, pid int, at time.Time) {
	c.tally(func(s *Stats) { s.News++ })
	c.all.pids.add(c.owner, id, id, pid, at)
	c.all.index.restart(c.owner, id)
}

func (c *connection) execStarted(id, exec string, pid int, at time.Time) {
	c.tally(func(s *Stats) { s.News++ })
	c.all.pids.add(c.owner, execKey(id, exec), id, pid, at)
}

func (c *connection) execEnded(id, exec string) {
	c.tally(func(s *Stats) { s.News++ })
	c.all.pids.end(execKey(id, exec))
}

func (c *connection) ended(id string) {
	c.tally(func(s *Stats) { s.News++ })
	c.all.index.end(c.owner, id)
	c.all.pids.end(id)
}

func (c *connection) listedAll(ids map[string]bool) {
	for _, id := range c.all.index.others(c.owner, ids) {
		c.all.index.end(c.owner, id)
		c.all.pids.end(id)
	}
}

// Stats are what happened with one runtime so far. They are part of what tswatch status prints.
type Stats struct {
	Runtime     string `json:"runtime"` // docker, containerd
	Connected   bool   `json:"connected"`
	LastError   string `json:"last_error"` // why it is not connected
	Containers  int    `json:"containers"` // that run, as far as is known
	Connections uint64 `json:"connections"`
	News        uint64 `json:"news"`      // events of the runtime
	Inspected   uint64 `json:"inspected"` // containers it was asked for
	Failed      uint64 `json:"failed"`    // questions it did not answer
	Skipped     uint64 `json:"skipped"`   // questions that were not asked: there were too many
	Tops        uint64 `json:"tops"`      // lists of processes
}

// String is the state for a person.
func (s Stats) String() string {
	text := fmt.Sprintf("%s: %d containers", s.Runtime, s.Containers)
	if !s.Connected {
		text = s.Runtime + ": not connected"
		if s.LastError != "" {
			text += ": " + s.LastError
		}
	}
	if n := s.Failed + s.Skipped; n > 0 {
		text += fmt.Sprintf("; %d questions without an answer", n)
	}
	return text
}

// Stats are the numbers of each runtime.
func (r *Runtimes) Stats() []Stats {
	all := make([]Stats, 0, len(r.sources))
	for _, c := range r.sources {
		c.mu.Lock()
		s := c.stats
		s.Connected = c.listed
		if c.last != nil {
			s.LastError = c.last.Error()
		}
		c.mu.Unlock()
		s.Containers = r.index.count(c.owner)
		all = append(all, s)
	}
	return all
}
