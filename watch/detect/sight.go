package detect

import (
	"strings"

	"github.com/tsboot/tsboot/watch/event"
)

// sight is all of an event that shortcuts look at. As for CEL, what is absent is empty.
type sight struct {
	action, outcome  string
	name, executable string
	file             string
	ip, socket       string
	contained        bool // in a container
}

func sightOf(e *event.Event) sight {
	s := sight{action: e.Event.Action, outcome: e.Event.Outcome, contained: e.Container != nil && e.Container.ID != ""}
	if e.Process != nil {
		s.name, s.executable = e.Process.Name, e.Process.Executable
	}
	if e.File != nil {
		s.file = e.File.Path
	}
	if e.Destination != nil {
		s.ip, s.socket = e.Destination.IP, e.Destination.Path
	}
	return s
}

// Limits of what is kept of sights.
const (
	maxSeen      = 1024
	maxSeenBytes = 512 // of one
)

// size is how many bytes its words have.
func (s *sight) size() int {
	return len(s.action) + len(s.outcome) + len(s.name) + len(s.executable) + len(s.file) + len(s.ip) + len(s.socket)
}

// clone holds on to nothing but itself: a word may be a part of a long text.
func (s *sight) clone() sight {
	c := *s
	for _, word := range []*string{&c.action, &c.outcome, &c.name, &c.executable, &c.file, &c.ip, &c.socket} {
		*word = strings.Clone(*word)
	}
	return c
}

// candidates are the rules that the sight of an event does not rule out. A machine runs the same programs again and again, so
// they are kept.
func (r *Rules) candidates(s *sight) []*rule {
	if known, ok := r.seen[*s]; ok {
		return known
	}
	var open []*rule
	for _, rule := range r.rules {
		if rule.when.shortcut(s) != no {
			open = append(open, rule)
		}
	}
	if s.size() > maxSeenBytes {
		return open
	}
	if len(r.seen) >= maxSeen {
		clear(r.seen)
	}
	r.seen[s.clone()] = open
	return open
}
