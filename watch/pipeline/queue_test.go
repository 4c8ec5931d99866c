package pipeline

import (
	"strings"
	"testing"

	"github.com/tsboot/tsboot/watch/audit"
)

// TestQueueWakesTheLine: the first record does; while the line lets them gather, one that makes the queue half full does, or
// the end.
func TestQueueWakesTheLine(t *testing.T) {
	t.Parallel()
	q := newQueue(8)
	serial := uint32(0)
	put := func(text string) {
		serial++
		q.put(entry{record: audit.Record{Type: audit.TypeSyscall, Serial: serial, Data: text}})
	}
	woken := func() bool {
		select {
		case <-q.wake:
			return true
		default:
			return false
		}
	}
	want := func(what string, want bool) {
		t.Helper()
		if got := woken(); got != want {
			t.Errorf("%s: woken is %v", what, got)
		}
	}
	want("at rest", false)
	put("")
	want("the first record", true)
	put("") // it leaves a token
	if !q.gather() {
		t.Fatal("two of eight are not half")
	}
	want("what was there before", false)
	put("")
	want("the third", false)
	put("")
	want("the fourth", true)
	if q.gather() {
		t.Error("half full, and the line would wait")
	}
	if chunk, _ := q.take(); len(chunk) != 4 {
		t.Fatalf("took %v", chunk)
	}
	put(string(make([]byte, 4*bytesPerRecord)))
	want("after it was taken", true)
	if q.gather() {
		t.Error("half full by bytes, and the line would wait")
	}
	q.take()
	put("")
	if !q.gather() {
		t.Fatal("one of eight is not half")
	}
	q.close()
	want("the end", true)
	if q.gather() {
		t.Error("closed, and the line would wait")
	}
}

// TestQueueCountsWhatWaits: what is not taken counts for the limits, and what comes is dropped in its place.
func TestQueueCountsWhatWaits(t *testing.T) {
	t.Parallel()
	const records, large = 4 * chunkSize, 2 * bytesPerRecord // by bytes there is room for half of them
	q := newQueue(records)
	text := string(make([]byte, large))
	fill := func(from uint32) {
		for serial := range uint32(records) {
			q.put(entry{record: audit.Record{Type: audit.TypeSyscall, Serial: from + serial, Data: text}})
		}
	}
	fill(0)
	if q.waiting() != records/2 || q.size != records/2*large {
		t.Fatalf("%d records and %d bytes are held", q.waiting(), q.size)
	}
	chunk, _ := q.take()
	fill(records)
	if len(chunk) != chunkSize || q.waiting() != records/2 || q.size != records/2*large {
		t.Errorf("%d records were taken, %d and %d bytes are held", len(chunk), q.waiting(), q.size)
	}
	q.giveBack(chunk)
	for at := uint32(chunkSize); ; {
		if chunk, _ = q.take(); len(chunk) == 0 {
			break
		}
		for _, e := range chunk {
			if e.record.Serial < at {
				t.Fatalf("%d comes after %d", e.record.Serial, at)
			}
			at = e.record.Serial
		}
	}
	if q.count != 0 || q.size != 0 {
		t.Errorf("nothing waits, and %d records and %d bytes are counted", q.count, q.size)
	}
}

// TestQueueCountsNoEventForItsEnd: an event of which only the end came is one that is missing (audit.Gaps says so), so it is not one
// that the queue has dropped.
func TestQueueCountsNoEventForItsEnd(t *testing.T) {
	t.Parallel()
	q := newQueue(1)
	q.put(entry{record: audit.Record{Type: audit.TypeSyscall, Serial: 7}})
	q.put(entry{record: audit.Record{Type: audit.TypeEOE, Serial: 7}})
	q.put(entry{record: audit.Record{Type: audit.TypeEOE, Serial: 8}})
	if records, serials := q.drops(); q.waiting() != 2 || records != 0 || serials != 0 {
		t.Errorf("%d wait, %d records of %d events were dropped", q.waiting(), records, serials)
	}
	q.put(entry{record: audit.Record{Type: audit.TypeSyscall, Serial: 9}})
	q.put(entry{record: audit.Record{Type: audit.TypeEOE, Serial: 9}})
	if records, serials := q.drops(); q.waiting() != 2 || records != 2 || serials != 1 {
		t.Errorf("%d wait, %d records of %d events were dropped", q.waiting(), records, serials)
	}
}

func TestQueueIsBoundedByBytes(t *testing.T) {
	t.Parallel()
	q := newQueue(10)
	for serial := range uint32(100) {
		q.put(entry{record: audit.Record{Type: audit.TypeSyscall, Serial: serial, Data: strings.Repeat("x", bytesPerRecord)}})
	}
	if waiting := q.waiting(); waiting != 10 {
		t.Errorf("%d wait", waiting)
	}
	q.put(entry{record: audit.Record{Type: audit.TypePath, Serial: 9}})  // of an event that is in
	q.put(entry{record: audit.Record{Type: audit.TypePath, Serial: 99}}) // of one that is not
	records, serials := q.drops()
	if q.waiting() != 11 || records != 91 || serials != 90 {
		t.Errorf("%d wait, %d records of %d events were dropped", q.waiting(), records, serials)
	}
}
