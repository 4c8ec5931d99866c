package console

import "sync"

// What a browser that comes is given. Alerts are kept by themselves, too, so that a flood of events does not push them out.
const (
	maxEvents      = 2000
	maxEventBytes  = 2 << 20
	maxAlerts      = 200
	maxAlertBytes  = 512 << 10
	maxBatch       = 256 // lines that are taken at once
	maxBatchBytes  = 128 << 10
	firstSequence  = 1
	entryOverheads = 64 // bytes of memory beside the text
)

// Kinds of messages to the page.
const (
	kindHello  = "hello"  // which run of tswatch this is
	kindEvent  = "event"  // an event, an alert, a loss
	kindShort  = "short"  // the same, shortened
	kindMissed = "missed" // so many lines came and went before this browser took them
	kindStatus = "status"
	kindEnd    = "end" // nothing more comes
)

// entry is one line for the page.
type entry struct {
	sequence uint64
	kind     string
	text     []byte // JSON; never changed
}

func (e entry) size() int { return cap(e.text) + entryOverheads }

// ring has the newest entries, bounded by number and bytes.
type ring struct {
	entries    []entry
	size       int
	most, room int
}

func (r *ring) add(e entry) {
	r.entries = append(r.entries, e)
	r.size += e.size()
	gone := 0
	for len(r.entries)-gone > r.most || r.size > r.room {
		r.size -= r.entries[gone].size()
		r.entries[gone] = entry{} // the slice keeps its memory for a while, not the text
		gone++
	}
	r.entries = r.entries[gone:]
}

// from is where the entries of a sequence and above begin.
func (r *ring) from(sequence uint64) int {
	low, high := 0, len(r.entries)
	for low < high {
		if middle := (low + high) / 2; r.entries[middle].sequence < sequence {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// history is what browsers read: the newest lines, each with its number. It never waits for one of them.
type history struct {
	mu     sync.Mutex
	next   uint64 // the number of the next line
	events ring
	alerts ring
	closed bool
	wake   map[chan struct{}]bool // a token for each browser that has something to read
}

func newHistory() *history {
	return &history{
		next: firstSequence, wake: map[chan struct{}]bool{},
		events: ring{most: maxEvents, room: maxEventBytes}, alerts: ring{most: maxAlerts, room: maxAlertBytes},
	}
}

// add keeps a line, and wakes who waits for it.
func (h *history) add(kind string, text []byte, alert bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := entry{h.next, kind, text}
	h.next++
	h.events.add(e)
	if alert {
		h.alerts.add(e)
	}
	h.wakeAll()
}

// close says that nothing more comes.
func (h *history) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.wakeAll()
}

func (h *history) wakeAll() {
	for wake := range h.wake {
		select {
		case wake <- struct{}{}:
		default: // it has a token
		}
	}
}

// batch is what one browser reads at once.
type batch struct {
	lines  []entry
	next   uint64 // the number of the line after them
	missed uint64 // lines that were dropped before they could be read
	more   bool   // there are lines after them
	end    bool   // nothing comes after them
}

// read gives the lines from a number on. Where some of them are gone, alerts are still there.
func (h *history) read(from uint64) (b batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	oldest := h.next
	if len(h.events.entries) > 0 {
		oldest = h.events.entries[0].sequence
	}
	if from = min(from, h.next); from < oldest {
		b.lines = append(b.lines, h.alerts.entries[h.alerts.from(from):h.alerts.from(oldest)]...)
		b.missed = oldest - from - uint64(len(b.lines))
		from = oldest
	}
	size := 0
	b.next = from
	for _, e := range h.events.entries[h.events.from(from):] {
		if size += len(e.text); len(b.lines) > 0 && (b.next-from == maxBatch || size > maxBatchBytes) {
			break // each browser has a copy of its batch
		}
		b.lines = append(b.lines, e)
		b.next++
	}
	b.more = b.next < h.next
	b.end = h.closed && !b.more
	return b
}

func (h *history) join(wake chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wake[wake] = true
}

func (h *history) leave(wake chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.wake, wake)
}
