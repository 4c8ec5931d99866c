package sink

import (
	"errors"
	"slices"
	"sync"

	"github.com/hashicorp/go-hclog"
)

// errSpoolFull says that a spool that must not drop has no room.
var errSpoolFull = errors.New("the spool is full")

// Lanes of a spool: what goes first when it is full, and what is kept (Item.keep).
const (
	laneEvents = "event"
	laneAlerts = "alert" // and what says what was lost
)

// spool holds lines on disk in their order, at most limit bytes of it. It has two lanes of files (segments), so that the
// oldest lines that are no alerts can go by removing a file. The numbers of the lines give the order of both together.
//
// Lines that are read are taken: they stay on disk until they are acknowledged or released. One batch is taken at a time.
type spool struct {
	dir   *directory
	limit int64
	piece int64 // of one segment
	block bool  // when it is full, take nothing, instead of dropping
	log   hclog.Logger

	mu     sync.Mutex
	lanes  [2]*lane // events, alerts
	next   uint64   // the number of the line that comes next
	events int      // not acknowledged
	gone   int      // lines that are taken, and went from the disk meanwhile
}

// lane is one kind of lines.
type lane struct {
	kind     string
	segments []*segment // oldest first; lines are added to the last
}

func (p *spool) lane(item Item) *lane {
	if item.keep() {
		return p.lanes[1]
	}
	return p.lanes[0]
}

// used is what the files take on disk.
func (p *spool) used() (bytes int64) {
	for _, lane := range p.lanes {
		for _, s := range lane.segments {
			bytes += onDisk(s.size)
		}
	}
	return bytes
}

// waiting is how many lines are not acknowledged.
func (p *spool) waiting() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return uint64(p.events)
}

// add writes lines. It answers how many of them need no further care, and how many lines, of all that it has, had to go.
// After an error the rest is still the caller's.
func (p *spool) add(items []Item) (done, dropped int, err error) {
	for i, item := range items {
		went, room := p.makeRoom(item)
		dropped += went
		switch {
		case !room && p.block:
			return i, dropped, errSpoolFull
		case !room:
			dropped++
			continue
		}
		if _, err := p.write(item); err != nil {
			return i, dropped, err
		}
	}
	return len(items), dropped, nil
}

// addFlying writes lines that were taken without having been on disk: they are taken here, too. Nothing has to go for them.
func (p *spool) addFlying(items []Item) (done int, err error) {
	for i, item := range items {
		if !p.hasRoom(item) {
			return i, errSpoolFull
		}
		s, err := p.write(item)
		if err != nil {
			return i, err
		}
		s.cursor = s.size
		s.taken++
	}
	return len(items), nil
}

func (p *spool) write(item Item) (*segment, error) {
	s, err := p.tail(item)
	if err != nil {
		return nil, err
	}
	if err := s.append(p.next, item); err != nil {
		return nil, err
	}
	p.next++
	p.events++
	return s, nil
}

// tail is the segment that takes the item.
func (p *spool) tail(item Item) (*segment, error) {
	lane := p.lane(item)
	if s := lane.tail(); s != nil && s.hasPlace(item, p.piece) {
		return s, nil
	}
	s, err := p.dir.create(lane.kind, p.next)
	if err != nil {
		return nil, err
	}
	lane.segments = append(lane.segments, s)
	return s, nil
}

func (l *lane) tail() *segment {
	if len(l.segments) == 0 {
		return nil
	}
	return l.segments[len(l.segments)-1]
}

// hasRoom says whether the item fits into the limit.
func (p *spool) hasRoom(item Item) bool {
	more := onDisk(headerSize + recordSize(item))
	if s := p.lane(item).tail(); s != nil && s.hasPlace(item, p.piece) {
		more = onDisk(s.size+recordSize(item)) - onDisk(s.size)
	}
	return p.used()+more <= p.limit
}

// makeRoom removes the oldest segments, until the item has room: those of events first, for an alert those of
// alerts, too.
func (p *spool) makeRoom(item Item) (dropped int, ok bool) {
	if onDisk(headerSize+recordSize(item)) > p.limit {
		return 0, false
	}
	for !p.hasRoom(item) {
		if p.block {
			return dropped, false
		}
		went, ok := p.evict(item.keep())
		if !ok {
			return dropped, false
		}
		dropped += went
	}
	return dropped, true
}

// evict removes the oldest segment of events; where there is none, and alerts may go, too, that of alerts.
func (p *spool) evict(alerts bool) (dropped int, ok bool) {
	lanes := p.lanes[:1]
	if alerts {
		lanes = p.lanes[:]
	}
	for _, lane := range lanes {
		if len(lane.segments) > 0 {
			s := lane.segments[0]
			p.remove(lane, s)
			p.gone += s.taken // they may arrive yet
			return s.count - s.taken, true
		}
	}
	return 0, false
}

func (p *spool) remove(l *lane, s *segment) {
	p.events -= s.count
	l.segments = slices.DeleteFunc(l.segments, func(o *segment) bool { return o == s })
	if err := p.dir.remove(s); err != nil {
		p.log.Error("remove a file of the spool", "file", s.name, "error", err)
	}
}

// makeWay ends the waiting for room: at the end of a replay, too, the oldest events go first.
func (p *spool) makeWay() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.block = false
}

func (p *spool) isDirty() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dir.dirty || slices.ContainsFunc(slices.Concat(p.lanes[0].segments, p.lanes[1].segments), (*segment).isDirty)
}

// sync brings all to the disk. It does not hold up reading and writing.
func (p *spool) sync() {
	p.mu.Lock()
	var dirty []*segment
	for _, s := range slices.Concat(p.lanes[0].segments, p.lanes[1].segments) {
		if s.dirty {
			s.dirty = false
			dirty = append(dirty, s)
		}
	}
	directory := p.dir.dirty
	p.dir.dirty = false
	p.mu.Unlock()
	for _, s := range dirty {
		if err := s.sync(); err != nil {
			p.log.Error("sync a file of the spool", "file", s.name, "error", err)
		}
	}
	if directory {
		if err := p.dir.sync(); err != nil {
			p.log.Error("sync the spool", "dir", p.dir.path, "error", err)
		}
	}
}

// close brings all to the disk, and gives up the directory.
func (p *spool) close() {
	p.sync()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range slices.Concat(p.lanes[0].segments, p.lanes[1].segments) {
		_ = s.file.Close()
	}
	p.dir.close()
}
