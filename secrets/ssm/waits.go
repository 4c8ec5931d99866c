package ssm

import (
	"slices"
	"sync"
	"time"
)

// Waits has the calls of a fetch that are under way, for a person who watches. It
// is asked from time to time and calls nobody. The zero Waits is ready for use.
type Waits struct {
	mu   sync.Mutex
	list []*wait // oldest first
}

// A Wait is one call that is under way.
type Wait struct {
	Action   string // of IAM, such as ssm:GetParametersByPath, or what else is asked for
	What     string // "read parameters below /app/prod"
	Resource string // "below /app/prod"
	Page     int    // of a listing; 0: it has none
	Try      int    // 1 is the first
	Code     string // why the try before failed; empty in the first
	Host     string // of the last request, with its port; empty before there was one
	Began    time.Time
	NextTry  time.Time // zero: a try is under way
	GivesUp  time.Time // zero: never
}

// wait is a call as its caller keeps it up to date.
type wait struct {
	Wait
	all     *Waits
	contact *contact
}

// begin notes a call. With nil Waits nobody watches.
func (all *Waits) begin(w Wait, c *contact) *wait {
	if all == nil {
		return nil
	}
	w.Began = time.Now()
	one := &wait{Wait: w, all: all, contact: c}
	all.mu.Lock()
	defer all.mu.Unlock()
	all.list = append(all.list, one)
	return one
}

// Oldest is the call that has been under way the longest, and how many there are;
// 0: none.
func (all *Waits) Oldest() (oldest Wait, count int) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if len(all.list) == 0 {
		return Wait{}, 0
	}
	one := all.list[0]
	oldest = one.Wait
	oldest.Host = one.contact.where()
	return oldest, len(all.list)
}

// change changes a call; nil: nobody watches it.
func (w *wait) change(f func(*Wait)) {
	if w != nil {
		w.all.mu.Lock()
		defer w.all.mu.Unlock()
		f(&w.Wait)
	}
}

// trying notes that a try begins.
func (w *wait) trying(try int) {
	w.change(func(w *Wait) { w.Try, w.NextTry = try, time.Time{} })
}

// pausing notes that a try has failed, and when the next one is made.
func (w *wait) pausing(code string, next time.Duration) {
	w.change(func(w *Wait) { w.Code, w.NextTry = code, time.Now().Add(next) })
}

// end notes that the call is over.
func (w *wait) end() {
	if w != nil {
		w.all.mu.Lock()
		defer w.all.mu.Unlock()
		w.all.list = slices.DeleteFunc(w.all.list, func(other *wait) bool { return other == w })
	}
}

// watch notes the call that a task describes.
func (c *caller) watch(t task) *wait {
	w := Wait{Action: t.action, What: t.op + " " + t.resource, Resource: t.resource, Page: t.page, GivesUp: c.deadline}
	if !t.end.IsZero() && (c.deadline.IsZero() || t.end.Before(c.deadline)) {
		w.GivesUp = t.end
	}
	return c.waits.begin(w, &c.contact)
}
