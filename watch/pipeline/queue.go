package pipeline

import (
	"slices"
	"sync"

	"github.com/tsboot/tsboot/watch/audit"
)

const (
	chunkSize      = 128 // entries that are handed over together
	bytesPerRecord = 192 // of text, on the average: what a queue of so many records may hold
	recent         = 64  // events whose records may come mixed
)

// entry is one record with where its process was; nil: the record names none.
type entry struct {
	record audit.Record
	from   *origin
}

// queue stands between the reader, which must never wait, and the line. It is bounded by number and by bytes. What has no
// room is dropped, as whole events where that can be: an event that is half in gets the rest of its records.
type queue struct {
	records, bytes int // limits

	mu      sync.Mutex
	chunks  [][]entry
	count   int
	size    int
	begun   [recent]uint32 // serials that were let in last
	refused [recent]uint32 // serials that were dropped last
	at      int            // in begun
	refusal int            // in refused
	dropped struct{ records, serials uint64 }
	closed  bool
	asleep  bool // the line waits without a timer: the next record wakes it, whatever it is

	wake chan struct{} // has a token when the line has something to do
}

func newQueue(records int) *queue {
	return &queue{records: records, bytes: records * bytesPerRecord, wake: make(chan struct{}, 1)}
}

// put takes a record, or drops it. It never waits. The line is woken when a record ends an event, so that it is not woken
// for each of the six records of an exec.
func (q *queue) put(e entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.admit(e.record) {
		return
	}
	if last := len(q.chunks) - 1; last < 0 || len(q.chunks[last]) == chunkSize {
		q.chunks = append(q.chunks, make([]entry, 0, chunkSize))
	}
	last := len(q.chunks) - 1
	q.chunks[last] = append(q.chunks[last], e)
	q.count++
	q.size += len(e.record.Data)
	if q.asleep || !isMiddle(e.record.Type) || len(q.chunks[last]) == chunkSize {
		q.asleep = false
		q.wakeUp()
	}
}

// isMiddle says whether records of the same event follow one of the type.
func isMiddle(t audit.Type) bool {
	switch t {
	case audit.TypeSyscall, audit.TypeExecve, audit.TypeCwd, audit.TypePath, audit.TypeSockaddr:
		return true
	}
	return false
}

// admit says whether there is room, and notes what has none.
func (q *queue) admit(r audit.Record) bool {
	if q.at >= 0 && q.begun[q.at] == r.Serial {
		return true
	}
	if slices.Contains(q.begun[:], r.Serial) {
		return true
	}
	if slices.Contains(q.refused[:], r.Serial) {
		q.dropped.records++
		return false
	}
	if q.count >= q.records || q.size+len(r.Data) > q.bytes {
		q.refusal = (q.refusal + 1) % recent
		q.refused[q.refusal] = r.Serial
		q.dropped.records++
		q.dropped.serials++
		q.wakeUp()
		return false
	}
	q.at = (q.at + 1) % recent
	q.begun[q.at] = r.Serial
	return true
}

func (q *queue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default: // it has a token
	}
}

// take gives all that waits, in its order; closed: nothing more comes.
func (q *queue) take() (chunks [][]entry, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	chunks, q.chunks = q.chunks, nil
	q.count, q.size = 0, 0
	return chunks, q.closed
}

// sleep says that the line will wait without a timer; false: something came meanwhile.
func (q *queue) sleep() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asleep = q.count == 0
	return q.asleep
}

// drops gives what was dropped since the last time.
func (q *queue) drops() (records, serials uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	records, serials = q.dropped.records, q.dropped.serials
	q.dropped.records, q.dropped.serials = 0, 0
	return records, serials
}

// waiting is how many records wait.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}

// close says that nothing more comes.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wakeUp()
}
