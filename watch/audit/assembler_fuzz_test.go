package audit

import (
	"fmt"
	"testing"
	"time"
)

// FuzzAssembler: whatever records come in whatever order, each is in one event, once; only ends and labels may be in none,
// and no more events are held than there is room for.
func FuzzAssembler(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 0, 0, 4, 0, 0, 5, 0}, uint8(3))
	f.Add([]byte{1, 4, 0, 1, 3, 3, 1, 0, 9, 2, 7, 90, 2, 8, 1}, uint8(1))
	f.Add([]byte{0, 6, 0, 0, 8, 0, 1, 6, 4, 1, 0, 255, 1, 5, 0}, uint8(0))
	types := []Type{TypeSyscall, TypeExecve, TypeCwd, TypePath, TypeProctitle, TypeEOE, TypeUserCmd, TypeConfigChange, 1425, TypeKernel}
	data := []string{"pid=1", "subj_smack=_", "pid=1 subj=? msg='x'"}
	f.Fuzz(func(t *testing.T, script []byte, limit uint8) {
		a := NewAssembler(int(limit), time.Second)
		now, left := start, map[string]Record{}
		take := func(events []Event) {
			for _, e := range events {
				if len(e.Records) == 0 {
					t.Fatal("an event has no record")
				}
				for _, r := range e.Records {
					if was, ok := left[r.Data]; !ok || was != r || r.Serial != e.Serial {
						t.Fatalf("%+v is in the event %d, and was %+v", r, e.Serial, was)
					}
					delete(left, r.Data)
				}
			}
			if len(a.pending) > int(limit) {
				t.Fatalf("%d events are held, more than %d", len(a.pending), limit)
			}
		}
		for i := 0; i+3 <= len(script); i += 3 {
			now = now.Add(time.Duration(script[i+2]) * 10 * time.Millisecond)
			r := record(types[int(script[i+1])%len(types)], uint32(script[i]%4))
			r.Data = fmt.Sprintf("%s number=%d", data[int(script[i+1]/16)%len(data)], i)
			left[r.Data] = r
			take(a.Add(r, nil, now))
		}
		take(a.Expire(now.Add(time.Second)))
		take(a.Flush())
		for _, r := range left {
			if r.Type != TypeEOE && !r.isLabels() {
				t.Errorf("%+v is in no event", r)
			}
		}
		if a.bytes != 0 {
			t.Errorf("%d bytes are held by nothing", a.bytes)
		}
	})
}

// FuzzGaps: never is more lost than serials can be between those that came, nor less than before.
func FuzzGaps(f *testing.F) {
	f.Add([]byte{1, 0, 2, 0, 9, 1, 3, 200})
	f.Add([]byte{250, 0, 255, 0, 1, 0, 251, 9})
	f.Fuzz(func(t *testing.T, script []byte) {
		g := NewGaps(time.Second)
		now := start
		before := uint64(0)
		for i := 0; i+2 <= len(script); i += 2 {
			now = now.Add(time.Duration(script[i+1]) * 10 * time.Millisecond)
			r := record(TypeSyscall, uint32(int32(int8(script[i])))) // also around the wrap
			r.Time = now
			g.See(r, now)
			lost := g.Lost(now)
			if lost < before {
				t.Fatalf("%d were lost, now %d", before, lost)
			}
			before = lost
		}
		if all := g.Flush(); all < before || all > 256*uint64(len(script)) {
			t.Fatalf("%d were lost, at the end %d", before, all)
		}
	})
}
