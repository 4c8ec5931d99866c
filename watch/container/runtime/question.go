package runtime

import "time"

// miss is why a container is not known, and until when nobody asks again.
type miss struct {
	missing string
	until   time.Time
}

// nothingToAsk is that of a question that has its answer.
var nothingToAsk = func() chan struct{} {
	answered := make(chan struct{})
	close(answered)
	return answered
}()

// question begins a question about a container: the caller answers it, if first is true. With again, a question that is under
// way is asked once more, because its answer may be old already.
func (x *index) question(id string, again bool) (answered <-chan struct{}, first bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.expire()
	e := x.at(id)
	switch {
	case e.ask != nil:
		e.again = e.again || again
		return e.ask, false
	case e.isKnown() && !again:
		return nothingToAsk, false // another has asked since the caller looked
	}
	e.ask = make(chan struct{})
	return e.ask, true
}

// answered ends the question about a container, unless it is to be asked again: then it is true. missing says why there was no
// answer; empty: there was one, or what is known already is all.
func (x *index) answered(id, missing string) (again bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e, ok := x.entries[id]
	if !ok || e.ask == nil {
		return false
	}
	if e.again {
		e.again = false
		return true
	}
	x.close(e)
	e.whole = true
	if e.c == nil {
		x.remove(e)
		if len(x.unknown) >= unknownLimit {
			clear(x.unknown)
		}
		x.unknown[id] = miss{missing, x.now().Add(keepUnknown)}
	}
	return false
}

// drop ends a question that cannot be asked.
func (x *index) drop(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e, ok := x.entries[id]; ok {
		x.close(e)
		if e.c == nil {
			x.remove(e)
		}
	}
}

func (x *index) close(e *entry) {
	if e.ask != nil {
		close(e.ask)
	}
	e.ask, e.again = nil, false
}

// missed says why a container is not known, for a while after it was asked for in vain; empty: ask.
func (x *index) missed(id string) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if m, ok := x.unknown[id]; ok && x.now().Before(m.until) {
		return m.missing
	}
	return ""
}
