package audit

import (
	"slices"
	"time"
)

const (
	// maxBytes limits what the events that an Assembler holds have in them: an exec can have 4 MiB of arguments, so that the
	// number of events alone does not bound the memory.
	maxBytes = 16 << 20
	// recordBytes is about what a record needs besides its data.
	recordBytes = 80
)

// Assembler makes events of records. Records of several events may come mixed. It is not safe for several goroutines.
type Assembler struct {
	limit   int
	timeout time.Duration
	pending map[eventKey]*pendingEvent
	ring    pendingEvent // the ends of the list of pending events: ring.next began first
	unused  *pendingEvent
	titled  *pendingEvent // the event of which PROCTITLE came last; nil: none is pending
	bytes   int
	done    []Event // what the last call gave
}

// eventKey is what the records of one event have in common.
type eventKey struct {
	node   string
	millis int64
	serial uint32
}

// pendingEvent is an event whose end has not come.
type pendingEvent struct {
	event      Event
	key        eventKey
	began      time.Time
	bytes      int
	prev, next *pendingEvent
}

// NewAssembler makes an Assembler that holds at most limit events that are not complete, each for at most timeout.
func NewAssembler(limit int, timeout time.Duration) *Assembler {
	a := &Assembler{limit: limit, timeout: timeout, pending: make(map[eventKey]*pendingEvent)}
	a.ring.prev, a.ring.next = &a.ring, &a.ring
	return a
}

// Add takes a record that came at now, and gives the events that are whole with it or whose time is over. They are
// good until the next call. The tag goes with the event: that of its first record that has one.
func (a *Assembler) Add(r Record, tag any, now time.Time) []Event {
	a.forget()
	key := eventKey{r.Node, r.Time.UnixMilli(), r.Serial}
	if a.titled != nil && a.titled.key != key {
		a.end(a.titled)
	}
	a.expire(now)
	if r.isAlone() {
		a.done = append(a.done, Event{Time: r.Time, Serial: r.Serial, Node: r.Node, Records: []Record{r}, Tag: tag})
		return a.done
	}
	p := a.pending[key]
	if p == nil {
		if r.Type == TypeEOE || r.isLabels() {
			return a.done // PROCTITLE was the end, or a program's record
		}
		p = a.begin(key, r, now)
	}
	if p.event.Tag == nil {
		p.event.Tag = tag
	}
	if r.Type != TypeEOE {
		p.event.Records = append(p.event.Records, r)
		p.bytes += len(r.Data) + recordBytes
		a.bytes += len(r.Data) + recordBytes
	}
	all := p.event.Records
	switch {
	case r.Type == TypeEOE, r.isLabels() && len(all) == 2 && all[0].Type.IsUser():
		a.end(p)
	case r.Type == TypeProctitle && len(all) > 1:
		// auditd writes no EOE, so this is the last, unless the next record is of the event, too: then the log is not in its order.
		// Where it comes first, the log is turned around, as ausearch prints events, and the end is not known.
		a.titled = p
	}
	a.evict()
	return a.done
}

// Expire gives the events whose end is not waited for at now, where no record is there to be added. They are good until the
// next call.
func (a *Assembler) Expire(now time.Time) []Event {
	a.forget()
	if a.titled != nil {
		a.end(a.titled)
	}
	a.expire(now)
	return a.done
}

// Flush gives all events that are left, at the end of the input. They are good until the next call.
func (a *Assembler) Flush() []Event {
	a.forget()
	for len(a.pending) > 0 {
		a.end(a.ring.next)
	}
	return a.done
}

// forget lets go of what the last call gave.
func (a *Assembler) forget() {
	clear(a.done)
	a.done = a.done[:0]
}

// begin adds an event at the end of the list.
func (a *Assembler) begin(key eventKey, r Record, now time.Time) *pendingEvent {
	p := a.unused
	if p == nil {
		p = new(pendingEvent)
	}
	a.unused = p.next
	*p = pendingEvent{
		event: Event{Time: r.Time, Serial: r.Serial, Node: r.Node, Records: make([]Record, 0, 6)},
		key:   key,
		began: now,
		prev:  a.ring.prev,
		next:  &a.ring,
	}
	p.prev.next, p.next.prev = p, p
	a.pending[key] = p
	return p
}

// end takes an event out and gives it, with its records in the order of the kernel.
func (a *Assembler) end(p *pendingEvent) {
	if p.event.Records[0].Type == TypeProctitle {
		slices.Reverse(p.event.Records)
	}
	a.done = append(a.done, p.event)
	a.bytes -= p.bytes
	if a.titled == p {
		a.titled = nil
	}
	delete(a.pending, p.key)
	p.prev.next, p.next.prev = p.next, p.prev
	*p = pendingEvent{next: a.unused}
	a.unused = p
}

// expire gives the events whose time is over.
func (a *Assembler) expire(now time.Time) {
	for len(a.pending) > 0 && now.Sub(a.ring.next.began) >= a.timeout {
		a.end(a.ring.next)
	}
}

// evict gives the oldest events while there are too many, or too large ones.
func (a *Assembler) evict() {
	for len(a.pending) > a.limit || a.bytes > maxBytes {
		a.end(a.ring.next)
	}
}
