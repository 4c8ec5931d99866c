package pipeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/tsboot/tsboot/watch/event"
)

// Places at which something is lost.
const (
	lostInKernel = "kernel" // it never came, or the kernel says so
	lostAtSocket = "socket" // the socket's buffer was full
	lostInQueue  = "queue"  // the line was slower than the reader
	lostInSpool  = "spool"  // an output had no room
)

var places = [...]string{lostInKernel, lostAtSocket, lostInQueue, lostInSpool}

// lossPause is the least time between two events that say what was lost.
const lossPause = time.Second

// maxLosses limits how many losses wait to be said: the input of a replay may name any number of nodes. Above it, one is said
// at once, with the time at which it would be its turn.
const maxLosses = 1024

// loss holds what was lost and not said so far.
type loss struct {
	waiting []waitingLoss
	said    int       // events so far
	last    time.Time // of the last event that said it
}

// waitingLoss is what was lost at one place of one node.
type waitingLoss struct {
	event.Lost
	node  string // empty: this machine
	place int    // of those that there are
	since int    // how many events had been said
}

// add notes a loss.
func (l *loss) add(where, node string, records, serials uint64) {
	i := slices.IndexFunc(l.waiting, func(w waitingLoss) bool { return w.Where == where && w.node == node })
	if i < 0 {
		i = len(l.waiting)
		l.waiting = append(l.waiting, waitingLoss{event.Lost{Where: where}, node, slices.Index(places[:], where), l.said})
	}
	l.waiting[i].Records += records
	l.waiting[i].Serials += serials
}

// waits says whether there is something to say.
func (l *loss) waits() bool { return len(l.waiting) > 0 }

// due gives what is to be said at now, with its node, and the time of the event; false: nothing, or it is too soon.
func (l *loss) due(now time.Time) (lost event.Lost, node string, at time.Time, due bool) {
	if len(l.waiting) <= maxLosses && !l.last.IsZero() && now.Sub(l.last) < lossPause {
		return event.Lost{}, "", time.Time{}, false
	}
	return l.rest(now)
}

// rest is due for where nothing can wait: the time of the event is later then. What waits for the longest time comes
// first, then place and name decide: the same input of a replay is to give the same lines, and Gaps has no order of nodes.
func (l *loss) rest(now time.Time) (lost event.Lost, node string, at time.Time, due bool) {
	if len(l.waiting) == 0 {
		return event.Lost{}, "", time.Time{}, false
	}
	first := slices.MinFunc(l.waiting, func(a, b waitingLoss) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.place, b.place), cmp.Compare(a.node, b.node))
	})
	l.waiting = slices.DeleteFunc(l.waiting, func(w waitingLoss) bool { return w == first })
	l.said++
	if least := l.last.Add(lossPause); !l.last.IsZero() && now.Before(least) {
		now = least
	}
	l.last = now
	return first.Lost, first.node, now, true
}
