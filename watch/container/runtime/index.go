package runtime

import (
	"container/list"
	"sync"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

// Limits of what is remembered.
const (
	indexSize    = 16 << 20    // bytes, about
	entrySize    = 512         // of one, beside its texts
	keepEnded    = time.Minute // records of its last processes may come late
	keepUnknown  = time.Second // no runtime knows the id: it is not asked again so soon
	unknownLimit = 1024
)

// index has the containers by id. A container in it is never changed: it is replaced.
type index struct {
	mu      sync.RWMutex
	now     func() time.Time
	entries map[string]*entry
	order   *list.List // of *entry: the first goes first where room is needed; ended ones stand before others
	ended   []ending   // in their order
	size    int
	unknown map[string]miss // asked for in vain
}

type entry struct {
	id    string
	c     *container.Container // nil: nothing is known yet, an answer is awaited
	owner int                  // the source that gave it
	place *list.Element
	size  int
	end   time.Time     // zero: it has not ended
	ask   chan struct{} // closed when the question under way is answered; nil: none is
	again bool          // something changed meanwhile: ask once more
	whole bool          // it was asked for: nothing more is to be known
}

// isKnown says whether nothing more is to be known of the container for now.
func (e *entry) isKnown() bool { return e.c != nil && e.whole && e.ask == nil }

// ending is an end of an entry, which may have started again since.
type ending struct {
	e  *entry
	at time.Time
}

func newIndex(now func() time.Time) *index {
	return &index{now: now, entries: map[string]*entry{}, order: list.New(), unknown: map[string]miss{}}
}

// get gives what is known, and whether that is all.
func (x *index) get(id string) (c *container.Container, whole bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if e, ok := x.entries[id]; ok {
		return e.c, e.isKnown()
	}
	return nil, false
}

// put keeps what a source says of a container, unless a source before it has said something.
func (x *index) put(owner int, c *container.Container, ended bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.expire()
	e := x.at(c.ID)
	if e.c != nil && e.owner < owner {
		return
	}
	e.c, e.owner, e.whole = c, owner, true
	x.settle(e, ended)
	x.weigh(e)
}

// putLittle is put for what the news of a source say by themselves: it replaces nothing that the source said before. It is
// false where the container belongs to another source.
func (x *index) putLittle(owner int, c *container.Container) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.expire()
	e := x.at(c.ID)
	if e.c != nil && e.owner < owner {
		return false
	}
	if e.c == nil || e.owner != owner {
		e.c, e.owner, e.whole = c, owner, false
	}
	x.settle(e, false)
	x.weigh(e)
	return true
}

// end marks the container as ended; it is forgotten a minute later, when there is other news. An answer that is under way may
// be older than this.
func (x *index) end(owner int, id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.expire()
	if e, ok := x.entries[id]; ok && e.c != nil && e.owner == owner {
		x.settle(e, true)
		e.again = e.ask != nil
	}
}

// restart notes that a container runs again.
func (x *index) restart(owner int, id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e, ok := x.entries[id]; ok && e.c != nil && e.owner == owner {
		x.settle(e, false)
	}
}

func (x *index) settle(e *entry, ended bool) {
	delete(x.unknown, e.id)
	switch {
	case !ended && !e.end.IsZero(): // started again
		e.end = time.Time{}
		x.order.MoveToBack(e.place)
	case ended && e.end.IsZero():
		e.end = x.now()
		x.ended = append(x.ended, ending{e, e.end})
		x.order.MoveToFront(e.place)
	}
}

// others lists the containers of a source that have not ended and are not in ids.
func (x *index) others(owner int, ids map[string]bool) []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var others []string
	for id, e := range x.entries {
		if e.c != nil && e.owner == owner && e.end.IsZero() && !ids[id] {
			others = append(others, id)
		}
	}
	return others
}

// running lists the containers that have not ended, the newest first, with their sources.
func (x *index) running() (ids []string, owners []int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for place := x.order.Back(); place != nil; place = place.Prev() {
		if e := place.Value.(*entry); e.c != nil && e.end.IsZero() {
			ids, owners = append(ids, e.id), append(owners, e.owner)
		}
	}
	return ids, owners
}

func (x *index) count(owner int) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := 0
	for _, e := range x.entries {
		if e.c != nil && e.owner == owner && e.end.IsZero() {
			n++
		}
	}
	return n
}

func (x *index) at(id string) *entry {
	e, ok := x.entries[id]
	if !ok {
		e = &entry{id: id}
		e.place = x.order.PushBack(e)
		x.entries[id] = e
		x.weigh(e)
	}
	return e
}

// weigh counts the size of an entry again, and makes room. The one that came last stays.
func (x *index) weigh(e *entry) {
	x.size -= e.size
	e.size = entrySize + 2*len(e.id)
	if c := e.c; c != nil {
		e.size += len(c.Name) + len(c.Image.Name) + len(c.Image.Tag)
		for _, hash := range c.Image.Hashes {
			e.size += len(hash)
		}
		for key, value := range c.Labels {
			e.size += len(key) + len(value)
		}
	}
	x.size += e.size
	for x.size > indexSize && x.order.Front() != e.place {
		x.remove(x.order.Front().Value.(*entry))
	}
}

func (x *index) remove(e *entry) {
	x.close(e)
	x.size -= e.size
	x.order.Remove(e.place)
	delete(x.entries, e.id)
}

// expire forgets what ended long ago.
func (x *index) expire() {
	now := x.now()
	for len(x.ended) > 0 && now.Sub(x.ended[0].at) >= keepEnded {
		gone := x.ended[0]
		x.ended = x.ended[1:]
		if x.entries[gone.e.id] == gone.e && gone.e.end.Equal(gone.at) { // not evicted, nor started again
			x.remove(gone.e)
		}
	}
}
