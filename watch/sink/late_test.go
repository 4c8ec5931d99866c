package sink

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// late is an output that comes back when it is let go, whatever the context says.
type late struct {
	asked atomic.Int32
	letGo chan struct{}
	err   error
}

func (l *late) deliver(_ context.Context, batch []Item) (int, error) {
	l.asked.Add(1)
	<-l.letGo
	if l.err != nil {
		return 0, l.err
	}
	return len(batch), nil
}

func (*late) reopen() error { return nil }

func (*late) close() error { return nil }

// TestComesBackAfterTheEnd: what the output has had is in the spool, or counted, once. Where it comes back later, as a write does on a
// machine that stands still for a moment, nothing changes.
func TestComesBackAfterTheEnd(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"taken": nil, "failed": errors.New("no"), "refused": &refusedError{errors.New("no")},
		"too large": &tooLargeError{errors.New("no")}, "gone": &goneError{errors.New("no")},
	} {
		for _, spooled := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				o := Options{}
				if spooled {
					o.SpoolDir, o.SpoolMax = t.TempDir(), 1<<20
				}
				s := newServer(t, take)
				fan := openFan(t, o, s.URL)
				sink, output := fan.sinks[0], &late{letGo: make(chan struct{}), err: err}
				sink.device = output
				_ = fan.Put(Item{Line: []byte(line(0)), Alert: true}) // which is not waited with
				eventually(t, "the first is on its way", func() bool { return output.asked.Load() == 1 })
				if spooled {
					eventually(t, "it is on disk, too", func() bool { return fan.Status()[0].Spooled == 1 })
				}
				put(t, fan, 1, 100)
				_ = fan.Close(context.Background())
				before := fan.Status()[0]
				close(output.letGo)
				<-sink.ended
				after := fan.Status()[0]
				if after.Sent != 0 || after.Dropped != before.Dropped || after.Spooled != before.Spooled || after.Dropped+after.Spooled != 100 {
					t.Errorf("%+v, before it came back %+v", after, before)
				}
				if !spooled {
					return
				}
				fan = openFan(t, Options{times: patient, SpoolDir: o.SpoolDir, SpoolMax: o.SpoolMax}, s.URL)
				closeFan(t, fan)
				wantNumbers(t, numbers(t, s.text()), 0, 100)
			})
		}
	}
}
