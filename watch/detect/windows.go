package detect

import (
	"container/heap"
	"time"

	"github.com/tsboot/tsboot/watch/event"
)

// Limits of what is held back. Above them the window that would end first ends early.
const (
	maxWindows = 4096
	maxHeld    = 8 << 20 // bytes of events, about
)

// sameness is what alerts have in common that are identical: rule, container and executable, on one host.
type sameness struct{ rule, host, container, executable string }

// window is the time after an alert in which those like it are held back.
type window struct {
	key        sameness
	begin, end time.Time
	held       int
	last       *event.Event // of those held back
	size       int          // of key and last
	index      int          // in the heap
}

// windows are all that are open, by key and in the order of their ends.
type windows struct {
	byKey map[sameness]*window
	ends  byEnd
	size  int
}

func newWindows() *windows { return &windows{byKey: make(map[sameness]*window)} }

// put appends an alert to out, or holds it back. Time is that of the events, which may come out of order: an alert is held
// back while it is nearer to the first one than the window is long.
func (w *windows) put(r *rule, alert *event.Event, out []*event.Event) []*event.Event {
	if r.dedup <= 0 {
		return append(out, alert)
	}
	key := samenessOf(r, alert)
	if open := w.byKey[key]; open != nil {
		if alert.Timestamp.Before(open.end) && alert.Timestamp.After(open.begin.Add(-r.dedup)) {
			w.hold(open, alert)
			return w.shrink(out)
		}
		out = w.close(open, out)
	}
	open := &window{key: key, begin: alert.Timestamp, end: alert.Timestamp.Add(r.dedup), size: key.size()}
	w.byKey[key], w.size = open, w.size+open.size
	heap.Push(&w.ends, open)
	return append(w.shrink(out), alert)
}

// size is about the memory of a window without an event.
func (k sameness) size() int { return 512 + len(k.executable) + len(k.container) }

func samenessOf(r *rule, e *event.Event) sameness {
	key := sameness{rule: r.id, host: e.Host.Hostname}
	if e.Container != nil {
		key.container = e.Container.ID
	}
	if e.Process != nil {
		key.executable = e.Process.Executable
	}
	return key
}

func (w *windows) hold(open *window, alert *event.Event) {
	w.size -= open.size
	open.held, open.last, open.size = open.held+1, alert, open.key.size()+sizeOf(alert)
	w.size += open.size
}

// sizeOf is about the memory of an event; its arguments are what can be large.
func sizeOf(e *event.Event) int {
	size := 1024 + len(e.Message)
	if e.Process != nil {
		size += len(e.Process.CommandLine)
		for _, arg := range e.Process.Args {
			size += len(arg) + 16
		}
	}
	return size
}

// shrink ends windows early until the limits hold.
func (w *windows) shrink(out []*event.Event) []*event.Event {
	for len(w.ends) > 0 && (len(w.ends) > maxWindows || w.size > maxHeld) {
		out = w.close(w.ends[0], out)
	}
	return out
}

// expire ends the windows whose end has come.
func (w *windows) expire(now time.Time, out []*event.Event) []*event.Event {
	for len(w.ends) > 0 && !w.ends[0].end.After(now) {
		out = w.close(w.ends[0], out)
	}
	return out
}

// next is when the first window ends that has held something back; one that holds nothing ends without a line.
func (w *windows) next() (at time.Time, any bool) {
	for _, open := range w.ends {
		if open.held > 0 && (!any || open.end.Before(at)) {
			at, any = open.end, true
		}
	}
	return at, any
}

func (w *windows) flush(out []*event.Event) []*event.Event {
	for len(w.ends) > 0 {
		out = w.close(w.ends[0], out)
	}
	return out
}

// close ends a window: what was held back is one line.
func (w *windows) close(open *window, out []*event.Event) []*event.Event {
	heap.Remove(&w.ends, open.index)
	delete(w.byKey, open.key)
	w.size -= open.size
	if open.held == 0 {
		return out
	}
	return append(out, open.last.Repeat(open.held))
}

// byEnd is a heap of windows.
type byEnd []*window

func (h byEnd) Len() int           { return len(h) }
func (h byEnd) Less(i, j int) bool { return h[i].end.Before(h[j].end) }
func (h byEnd) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for container/heap.
func (h *byEnd) Push(x any) {
	w := x.(*window)
	w.index = len(*h)
	*h = append(*h, w)
}

// Pop is for container/heap.
func (h *byEnd) Pop() any {
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = nil
	*h = (*h)[:len(*h)-1]
	return last
}
