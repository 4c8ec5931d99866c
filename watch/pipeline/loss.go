package pipeline

import (
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

// loss holds what was lost and not said so far.
type loss struct {
	lost [len(places)]event.Lost
	next int       // the place whose turn it is
	last time.Time // of the last event that said it
}

// add notes a loss.
func (l *loss) add(where string, records, serials uint64) {
	for i, place := range places {
		if place == where {
			l.lost[i].Records += records
			l.lost[i].Serials += serials
		}
	}
}

// waits says whether there is something to say.
func (l *loss) waits() bool {
	for _, lost := range l.lost {
		if lost != (event.Lost{}) {
			return true
		}
	}
	return false
}

// due gives what is to be said at now, and the time of the event; false: nothing, or it is too soon.
func (l *loss) due(now time.Time) (event.Lost, time.Time, bool) {
	if !l.last.IsZero() && now.Sub(l.last) < lossPause {
		return event.Lost{}, time.Time{}, false
	}
	return l.rest(now)
}

// rest is due for the end, where nothing can wait: the time of the event is later then.
func (l *loss) rest(now time.Time) (event.Lost, time.Time, bool) {
	for range places {
		place := l.next
		l.next = (l.next + 1) % len(places)
		if lost := l.lost[place]; lost != (event.Lost{}) {
			l.lost[place] = event.Lost{}
			lost.Where = places[place]
			if least := l.last.Add(lossPause); !l.last.IsZero() && now.Before(least) {
				now = least
			}
			l.last = now
			return lost, now, true
		}
	}
	return event.Lost{}, time.Time{}, false
}
