package pipeline

import (
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
	if chunks, _ := q.take(); len(chunks) != 1 || len(chunks[0]) != 4 {
		t.Fatalf("took %v", chunks)
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
