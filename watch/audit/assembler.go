package audit

import (
	"container/list"
	"time"
)

// maxBytes limits the data of the events that an Assembler holds: an exec has up to 4 MiB of it, and the limit by number
// does not bound the memory.
const maxBytes = 16 << 20

// Assembler makes events of records. Records of several events may come mixed, those of one event come in their order.
// It is not safe for several goroutines.
type Assembler struct {
	limit   int
	timeout time.Duration
	pending map[eventKey]*list.Element
	oldest  *list.List // of *pendingEvent, in the order in which they began
	bytes   int
	evicted uint64
	done    []Event // what the last call gave
}

// eventKey is what the records of one event have in common.
type eventKey struct {
	node   string
	millis int64
	serial uint32
}

type pendingEvent struct {
	Event
	key   eventKey
	began time.Time
	bytes int
}

// NewAssembler makes an Assembler that holds at most limit events that are not complete, each for at most timeout.
func NewAssembler(limit int, timeout time.Duration) *Assembler {
	return &Assembler{
		limit:   limit,
		timeout: timeout,
		pending: make(map[eventKey]*list.Element),
		oldest:  list.New(),
	}
}

// Add takes a record that came at now, and gives the events that are whole with it or whose time is over. They are
// good until the next call. The tag goes with the event: that of its first record that has one.
func (a *Assembler) Add(r Record, tag any, now time.Time) []Event {
	a.done = a.done[:0]
	a.expire(now)
	if r.Type.isAlone() {
		a.done = append(a.done, Event{
			Time: r.Time, Serial: r.Serial, Node: r.Node, Records: []Record{r}, Complete: true, Tag: tag,
		})
		return a.done
	}
	key := eventKey{r.Node, r.Time.UnixMilli(), r.Serial}
	element := a.pending[key]
	if element == nil {
		if r.Type == TypeEOE {
			return a.done // PROCTITLE was the end
		}
		element = a.begin(key, r, now)
	}
	e := element.Value.(*pendingEvent)
	if tag != nil && e.Tag == nil {
		e.Tag = tag
	}
	if r.Type != TypeEOE {
		e.Records = append(e.Records, r)
		e.bytes += len(r.Data)
		a.bytes += len(r.Data)
	}
	if r.Type == TypeEOE || r.Type == TypeProctitle {
		e.Complete = true
		a.end(element)
	}
	a.evict()
	return a.done
}

// Expire gives the events whose time is over at now. They are good until the next call.
func (a *Assembler) Expire(now time.Time) []Event {
	a.done = a.done[:0]
	a.expire(now)
	return a.done
}

// Flush gives all events that are left, at the end of the input. They are good until the next call.
func (a *Assembler) Flush() []Event {
	a.done = a.done[:0]
	for a.oldest.Len() > 0 {
		a.end(a.oldest.Front())
	}
	return a.done
}

// Evicted is how many events had to be given before their end, to hold the limits.
func (a *Assembler) Evicted() uint64 {
	return a.evicted
}

func (a *Assembler) begin(key eventKey, r Record, now time.Time) *list.Element {
	element := a.oldest.PushBack(&pendingEvent{
		Event: Event{Time: r.Time, Serial: r.Serial, Node: r.Node, Records: make([]Record, 0, 6)},
		key:   key,
		began: now,
	})
	a.pending[key] = element
	return element
}

// end takes an event out and gives it.
func (a *Assembler) end(element *list.Element) {
	e := a.oldest.Remove(element).(*pendingEvent)
	delete(a.pending, e.key)
	a.bytes -= e.bytes
	a.done = append(a.done, e.Event)
}

func (a *Assembler) expire(now time.Time) {
	for {
		front := a.oldest.Front()
		if front == nil || now.Sub(front.Value.(*pendingEvent).began) < a.timeout {
			return
		}
		a.end(front)
	}
}

// evict gives the oldest events while there are too many, or too large ones.
func (a *Assembler) evict() {
	for a.oldest.Len() > a.limit || a.bytes > maxBytes {
		a.evicted++
		a.end(a.oldest.Front())
	}
}
