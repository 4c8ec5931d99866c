package audit

import (
	"slices"
	"strings"
	"time"
)

// Limits of what Gaps holds.
const (
	maxNodes = 1 << 14
	maxGaps  = 1 << 14 // of all nodes
)

// restartAfter is how much later than all before a record with an old serial is if the kernel was started again.
const restartAfter = time.Second

// Gaps counts the serials that were given out and did not come. The kernel gives a serial to an event with its first
// record, so each that is missing is an event that was lost. Serials may come out of order within the window.
// It is not safe for several goroutines.
type Gaps struct {
	// Missed is called with the serials of a node that are lost, as soon as they count. nil: nobody asks.
	Missed func(node string, serials uint64)

	window time.Duration
	nodes  map[string]*serials
	order  []*serials // the nodes, the first that came first
	gapped []*serials // those that may have gaps
	held   int        // gaps of all nodes
	since  time.Time  // no gap that is held is older
	lost   uint64
}

// serials is what is known of the serials of one node.
type serials struct {
	node   string
	head   uint32    // the last of all that came
	latest time.Time // of all events that came
	gaps   []gap     // in the order of serials
	gapped bool      // it is one of Gaps.gapped
}

// gap is the serials first to last, which did not come so far.
type gap struct {
	first, last uint32
	since       time.Time
}

// NewGaps makes a Gaps that waits for a serial for window.
func NewGaps(window time.Duration) *Gaps {
	return &Gaps{window: window, nodes: make(map[string]*serials)}
}

// See takes note of a record that came at now. The end of an event says nothing of it: where only that came, it is lost.
func (g *Gaps) See(r Record, now time.Time) {
	s := g.nodes[r.Node]
	if r.Type.isDaemon() || r.Type == TypeEOE {
		s.skip(r)
		return
	}
	if s == nil {
		g.begin(r)
		return
	}
	if s.head == r.Serial && !r.Time.After(s.latest) {
		return // one more record of the last event
	}
	g.expire(s, now)
	if s.restarted(r) {
		g.settle(s, len(s.gaps))
		s.head, s.latest = r.Serial, r.Time
		return
	}
	if g.held == 0 {
		g.since = now
	}
	before := len(s.gaps)
	s.see(r, now)
	g.held += len(s.gaps) - before
	if len(s.gaps) > 0 && !s.gapped {
		s.gapped = true
		g.gapped = append(g.gapped, s)
	}
	if g.held > maxGaps {
		g.settle(s, (len(s.gaps)+1)/2)
	}
}

// Lost is how many serials are lost until now, for which the wait is over. Where none can be, it costs nothing: a replay asks
// at every moment of its records.
func (g *Gaps) Lost(now time.Time) uint64 {
	if g.held == 0 || now.Sub(g.since) < g.window {
		return g.lost
	}
	g.since = now
	g.gapped = slices.DeleteFunc(g.gapped, func(s *serials) bool {
		g.expire(s, now)
		s.gapped = len(s.gaps) > 0
		if s.gapped && s.gaps[0].since.Before(g.since) {
			g.since = s.gaps[0].since
		}
		return !s.gapped
	})
	return g.lost
}

// Flush is how many serials are lost in all, at the end of the input.
func (g *Gaps) Flush() uint64 {
	for _, s := range g.gapped {
		g.settle(s, len(s.gaps))
	}
	return g.lost
}

// begin begins to count for a node. There is room for a number of nodes only: the input may name any.
func (g *Gaps) begin(r Record) {
	if len(g.order) >= maxNodes {
		first := g.order[0]
		g.order = g.order[1:]
		g.settle(first, len(first.gaps))
		delete(g.nodes, first.node)
	}
	s := &serials{node: strings.Clone(r.Node), head: r.Serial, latest: r.Time} // without the rest of the line
	g.order = append(g.order, s)
	g.nodes[s.node] = s
}

// expire counts the gaps of a node as lost for which the wait is over.
func (g *Gaps) expire(s *serials, now time.Time) {
	n := 0
	for n < len(s.gaps) && now.Sub(s.gaps[n].since) >= g.window {
		n++
	}
	g.settle(s, n)
}

// settle counts the first n gaps of a node as lost.
func (g *Gaps) settle(s *serials, n int) {
	if n == 0 {
		return
	}
	lost := uint64(0)
	for _, gap := range s.gaps[:n] {
		lost += uint64(gap.last-gap.first) + 1
	}
	s.gaps = s.gaps[:copy(s.gaps, s.gaps[n:])]
	g.held -= n
	g.lost += lost
	if g.Missed != nil {
		g.Missed(s.node, lost)
	}
}

// restarted is whether the kernel that wrote the record is another than the one before: the serial is an old one that is
// not missing, and the event is newer than all before.
func (s *serials) restarted(r Record) bool {
	if r.Type == TypeKernel {
		return true
	}
	ahead := r.Serial - s.head
	if ahead != 0 && ahead < farAhead(r.Serial, s.head) || s.missing(r.Serial) >= 0 {
		return false
	}
	return r.Time.Sub(s.latest) > restartAfter
}

// farAhead is the distance from which a serial that looks ahead of head is behind it. Serials wrap: a smaller number is
// ahead only if it is near.
func farAhead(serial, head uint32) uint32 {
	if serial < head {
		return 1 << 24
	}
	return 1 << 31
}

// see takes note of a serial: one that was missing, or one ahead of all.
func (s *serials) see(r Record, now time.Time) {
	if r.Time.After(s.latest) {
		s.latest = r.Time
	}
	if ahead := r.Serial - s.head; ahead < farAhead(r.Serial, s.head) {
		if ahead > 1 {
			s.gaps = append(s.gaps, gap{s.head + 1, r.Serial - 1, now})
		}
		if ahead > 0 {
			s.head = r.Serial
		}
		return
	}
	if i := s.missing(r.Serial); i >= 0 {
		s.fill(i, r.Serial)
	}
}

// skip takes note of a record whose serial says nothing. auditd counts its own records by itself; other programs that write
// such logs count all in one row, and then the serial of auditd's record is not missing.
func (s *serials) skip(r Record) {
	if s != nil && r.Type.isDaemon() && r.Serial == s.head+1 {
		s.head++
	}
}

// missing is the index of the gap that has the serial, or -1.
func (s *serials) missing(serial uint32) int {
	for i := len(s.gaps) - 1; i >= 0; i-- {
		if g := s.gaps[i]; serial-g.first <= g.last-g.first {
			return i
		}
	}
	return -1
}

// fill takes a serial out of a gap.
func (s *serials) fill(i int, serial uint32) {
	g := s.gaps[i]
	var rest []gap
	if serial != g.first {
		rest = append(rest, gap{g.first, serial - 1, g.since})
	}
	if serial != g.last {
		rest = append(rest, gap{serial + 1, g.last, g.since})
	}
	s.gaps = append(s.gaps[:i], append(rest, s.gaps[i+1:]...)...)
}
