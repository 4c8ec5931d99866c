package pipeline

import (
	"maps"
	"sync"
	"time"

	"github.com/tsboot/tsboot/watch/event"
)

// Counters are what the status says of the line. They are safe for several goroutines.
type Counters struct {
	mu          sync.Mutex
	events      uint64
	alerts      uint64
	attribution map[string]uint64
	lost        map[string]uint64 // events, or records where the events are not known, by place
	minute      minute
	now         func() time.Time
}

// Counts are Counters at one moment.
type Counts struct {
	Events      uint64
	Alerts      uint64
	Lost        uint64
	LostWhere   map[string]uint64
	Attribution map[string]uint64
	// LossRatio is how many of the events of the last minute were lost.
	LossRatio float64
}

// NewCounters makes counters that are zero.
func NewCounters() *Counters {
	return &Counters{attribution: map[string]uint64{}, lost: map[string]uint64{}, now: time.Now}
}

// Counts gives the numbers so far.
func (c *Counters) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := Counts{Events: c.events, Alerts: c.alerts, LostWhere: maps.Clone(c.lost), Attribution: maps.Clone(c.attribution)}
	for _, n := range c.lost {
		counts.Lost += n
	}
	counts.LossRatio = c.minute.ratio(c.now())
	return counts
}

func (c *Counters) event(e *event.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events++
	if e.Tswatch.Attribution != nil {
		c.attribution[e.Tswatch.Attribution.Method]++
	}
	c.minute.add(c.now(), 1, 0)
}

func (c *Counters) alert() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alerts++
}

// lose counts what was lost: serials, or records where no serial was given out.
func (c *Counters) lose(where string, n uint64) {
	if n == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost[where] += n
	c.minute.add(c.now(), 0, n)
}

// minute has the numbers of each of the last 60 seconds.
type minute [60]struct{ second, came, lost uint64 }

func (m *minute) add(now time.Time, came, lost uint64) {
	second := uint64(now.Unix())
	slot := &m[second%uint64(len(m))]
	if slot.second != second {
		slot.second, slot.came, slot.lost = second, 0, 0
	}
	slot.came += came
	slot.lost += lost
}

func (m *minute) ratio(now time.Time) float64 {
	var came, lost uint64
	second := uint64(now.Unix())
	for _, slot := range m {
		if slot.second+uint64(len(m)) > second {
			came += slot.came
			lost += slot.lost
		}
	}
	if lost == 0 {
		return 0
	}
	return float64(lost) / float64(came+lost)
}
