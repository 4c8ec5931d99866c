package boot

import (
	"sync"
	"time"
)

// refreshState is what status and metrics say about refreshes, in names and numbers. The zero state is that before the
// first one.
type refreshState struct {
	Last      time.Time // when the last one ended
	Next      time.Time // when the next one is due by itself; zero: none is
	LastError string    // what was wrong with the last one, or why the boot runs on the files of an earlier one; stays until a refresh brings what runs or better

	Refreshes int // that have ended, whatever they found
	Rollbacks int
	Calls     int // of Parameter Store, tries included, those of the boot, too
	Failures  int // preparations that could not read their sources
}

// refreshBox holds the state. Any goroutine may read it.
type refreshBox struct {
	changed notice
	mu      sync.Mutex
	state   refreshState
}

// get gives a copy.
func (x *refreshBox) get() refreshState {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state
}

func (x *refreshBox) change(f func(*refreshState)) {
	x.mu.Lock()
	f(&x.state)
	x.mu.Unlock()
	x.changed.give()
}
