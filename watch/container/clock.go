package container

import (
	"bytes"
	"time"
)

// Times of processes are in ticks after the boot, of which the kernel makes a hundred a second for programs.
const (
	tick = 10 * time.Millisecond
	// slack covers that the kernel rounds both the start of a process and the time of an event.
	slack = 5
)

// clock says how many ticks after the boot a time is.
type clock struct {
	now   func() time.Time
	ticks int64
	at    time.Time // when that was read
	wall  time.Time // what the clock on the wall said then
}

// sinceBoot is the time in ticks. Where /proc does not say when the boot was, nothing starts after it.
func (c *clock) sinceBoot(p *proc, t time.Time) int64 {
	now := c.now()
	passed, wall := now.Sub(c.at), now.Round(0)
	if c.at.IsZero() || passed > time.Second || (wall.Sub(c.wall)-passed).Abs() > slack*tick { // somebody has set the clock
		c.ticks, c.at, c.wall = uptime(p), now, wall
	}
	if c.ticks == 0 {
		return 1 << 62
	}
	return c.ticks - int64(c.wall.Sub(t.Round(0))/tick)
}

// uptime reads "12345.67 ...".
func uptime(p *proc) int64 {
	text, ok := p.readFile("uptime", &p.stat)
	if !ok {
		return 0
	}
	seconds, rest, ok := bytes.Cut(text, []byte("."))
	if !ok || len(rest) < 2 {
		return 0
	}
	return parseInt(seconds)*100 + parseInt(rest[:2])
}
