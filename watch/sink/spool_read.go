package sink

import (
	"cmp"
	"slices"
)

// read takes the oldest lines: at least one, if there is one, then as many as the limits allow. damaged is how many lines
// could not be read, and went.
func (p *spool) read(bytes, lines int) (items []Item, damaged int) {
	size := 0
	for len(items) < lines {
		lane, s := p.oldest()
		if s == nil {
			break
		}
		head, err := s.peek()
		if err == nil && len(items) > 0 && size+int(head.length) > bytes {
			break
		}
		var item Item
		if err == nil {
			item, err = s.pop()
		}
		if err != nil && s.taken > 0 {
			break // the next batch begins with it: what is given up is not taken
		}
		if err != nil {
			p.log.Error("a file of the spool is damaged", "file", s.name, "error", err)
			damaged += p.giveUp(lane, s)
			continue
		}
		size += len(item.Line)
		items = append(items, item)
	}
	return items, damaged
}

// oldest is where the next line is read.
func (p *spool) oldest() (*lane, *segment) {
	var found []*segment
	for _, lane := range p.lanes {
		for _, s := range lane.segments {
			if s.cursor < s.size {
				found = append(found, s)
				break
			}
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	s := slices.MinFunc(found, func(a, b *segment) int { return cmp.Compare(a.number(), b.number()) })
	if s.kind == laneAlerts {
		return p.lanes[1], s
	}
	return p.lanes[0], s
}

// giveUp gives up the line that cannot be read, or all that is left in the segment, where it is not known where the next line begins.
// Nothing of the segment is taken.
func (p *spool) giveUp(l *lane, s *segment) (lost int) {
	before := s.count
	if !s.skip() {
		s.count, s.size = 0, s.cursor
	}
	lost = before - s.count
	p.events -= lost
	if s.cursor == s.size {
		p.remove(l, s)
	}
	return lost
}

// acknowledge forgets what is taken.
func (p *spool) acknowledge() {
	p.gone = 0
	for _, lane := range p.lanes {
		for _, s := range slices.Clone(lane.segments) {
			if s.taken == 0 {
				continue
			}
			p.events -= s.taken
			s.count -= s.taken
			s.taken = 0
			if s.cursor == s.size {
				p.remove(lane, s)
			} else if err := s.consume(s.cursor); err != nil {
				p.log.Error("write a file of the spool", "file", s.name, "error", err)
			}
		}
	}
}

// release gives back what is taken: it is read again. It answers how many lines cannot be.
func (p *spool) release() (dropped int) {
	for _, lane := range p.lanes {
		for _, s := range lane.segments {
			s.release()
		}
	}
	dropped, p.gone = p.gone, 0
	return dropped
}
