package pipeline

import (
	"slices"
	"sync"

	"github.com/tsboot/tsboot/watch/audit"
)

const (
	chunkSize      = 128 // entries that are handed over together
	spareChunks    = 8   // that are kept to be filled again
	bytesPerRecord = 128 // of text, on the average: what a queue of so many records may hold
	recent         = 64  // events whose records may come mixed
	// maxExec limits what one event has of arguments, as the kernel writes them. Its line may be twelve times as long: args and
	// command_line have them, and a byte that is no text takes six of JSON. An event that is cut there says so.
	maxExec = 320 << 10
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
	spare   [][]entry // empty
	count   int
	size    int
	begun   [recent]begun  // events that were let in last
	refused [recent]uint32 // serials that were dropped last
	at      int            // in begun
	refusal int            // in refused
	dropped struct{ records, serials uint64 }
	closed  bool
	gathers bool // the line lets records gather: it is woken when the queue is half full

	wake chan struct{} // has a token when the line has something to do
}

// begun is an event that is in.
type begun struct {
	serial uint32
	exec   int // bytes of its arguments so far
}

// takes says whether there is room for the record in its event.
func (b *begun) takes(r audit.Record) bool {
	if r.Type != audit.TypeExecve {
		return true
	}
	b.exec += len(r.Data)
	return b.exec <= maxExec
}

func newQueue(records int) *queue {
	return &queue{records: records, bytes: records * bytesPerRecord, wake: make(chan struct{}, 1)}
}

// put takes a record, or drops it. It never waits.
func (q *queue) put(e entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.admit(e.record) {
		return
	}
	if last := len(q.chunks) - 1; last < 0 || len(q.chunks[last]) == chunkSize {
		q.chunks = append(q.chunks, q.chunk())
	}
	last := len(q.chunks) - 1
	q.chunks[last] = append(q.chunks[last], e)
	q.count++
	q.size += len(e.record.Data)
	if !q.gathers || q.isHalfFull() {
		q.wakeUp()
	}
}

// chunk is an empty one.
func (q *queue) chunk() []entry {
	last := len(q.spare) - 1
	if last < 0 {
		return make([]entry, 0, chunkSize)
	}
	chunk := q.spare[last]
	q.spare = q.spare[:last]
	return chunk
}

// giveBack takes a chunk that take gave, when nobody needs it any more.
func (q *queue) giveBack(chunk []entry) {
	clear(chunk)
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.spare) < spareChunks {
		q.spare = append(q.spare, chunk[:0])
	}
}

func (q *queue) isHalfFull() bool { return q.count >= q.records/2 || q.size >= q.bytes/2 }

// admit says whether there is room, and notes what has none.
func (q *queue) admit(r audit.Record) bool {
	if b := q.find(r.Serial); b != nil {
		return b.takes(r)
	}
	if slices.Contains(q.refused[:], r.Serial) {
		q.dropped.records++
		return false
	}
	full := q.count >= q.records || q.size+len(r.Data) > q.bytes
	if r.Type == audit.TypeEOE { // an event of which nothing else came is missing already, as serials are counted
		return !full
	}
	if full {
		q.refusal = (q.refusal + 1) % recent
		q.refused[q.refusal] = r.Serial
		q.dropped.records++
		q.dropped.serials++
		q.wakeUp()
		return false
	}
	q.at = (q.at + 1) % recent
	q.begun[q.at] = begun{serial: r.Serial}
	return q.begun[q.at].takes(r)
}

// find is the event with the serial, if it is in. Most records are of the one that came last.
func (q *queue) find(serial uint32) *begun {
	if last := &q.begun[q.at]; last.serial == serial {
		return last
	}
	for i := range q.begun {
		if q.begun[i].serial == serial {
			return &q.begun[i]
		}
	}
	return nil
}

func (q *queue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default: // it has a token
	}
}

// take gives what waited for the longest time, one chunk at most: the rest still counts for the limits. closed: nothing more
// comes.
func (q *queue) take() (chunk []entry, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.gathers = false
	if len(q.chunks) == 0 {
		return nil, q.closed
	}
	chunk = q.chunks[0]
	q.chunks[0] = nil
	if q.chunks = q.chunks[1:]; len(q.chunks) == 0 {
		q.chunks = nil // what a burst needed is given back
	}
	q.count -= len(chunk)
	for i := range chunk {
		q.size -= len(chunk[i].record.Data)
	}
	return chunk, q.closed
}

// gather says that the line will take what comes later: only a queue that is half full or closed wakes it until take.
// false: it is one of both now.
func (q *queue) gather() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.gathers = !q.closed && !q.isHalfFull()
	if q.gathers {
		select {
		case <-q.wake: // for what is there
		default:
		}
	}
	return q.gathers
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
