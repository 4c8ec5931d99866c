package sink

import (
	"errors"
	"time"
)

// A refusedError says that the output does not want these lines, now and later.
type refusedError struct{ error }

// singlePause is how long an output is left alone after it has refused a single line: it may refuse all, one after the other.
const singlePause = 100 * time.Millisecond

// A tooLargeError says that the output does not want so many bytes at once. It may take each line by itself.
type tooLargeError struct{ error }

// A slowError says that the output did not answer in time.
type slowError struct{ error }

// A laterError says when the output wants to be asked again.
type laterError struct {
	error
	after time.Duration
}

func (e *laterError) Unwrap() error { return e.error }

// A goneError says that the output takes nothing any more.
type goneError struct{ error }

func (e *goneError) Unwrap() error { return e.error }

// run gives lines to the device until the sink is closed and has none, or gives up.
func (s *Sink) run() {
	defer close(s.ended)
	failures := 0
	for {
		batch, ok := s.next()
		if !ok {
			return
		}
		n, err := s.device.deliver(s.ctx, batch)
		settled := s.finish(n, err)
		if settled || n > 0 {
			failures = 0
		}
		var refused *refusedError
		switch {
		case !settled:
			failures++
			s.pause(backoff(s.times.retry, failures), err)
		case len(batch) == 1 && errors.As(err, &refused):
			s.pause(singlePause, err)
		}
	}
}

// next waits for lines. false: there is nothing left to do.
func (s *Sink) next() ([]Item, bool) {
	for s.ctx.Err() == nil {
		batch, wait, done := s.take(time.Now())
		if len(batch) > 0 || done {
			return batch, !done
		}
		var timer <-chan time.Time
		if wait > 0 {
			timer = time.After(wait)
		}
		select {
		case <-s.wake:
		case <-timer:
		case <-s.ctx.Done():
		}
	}
	return nil, false
}

// take gets the oldest lines: those on disk come before those in memory. Without lines it says how long to wait, 0 is until
// there is a token, or that the sink is closed.
func (s *Sink) take(now time.Time) (batch []Item, wait time.Duration, done bool) {
	report := func() {}
	defer func() { report() }() // without a lock
	damaged := 0
	if s.spool != nil {
		s.spool.mu.Lock()
		defer s.spool.mu.Unlock()
		if !s.isOver() {
			batch, damaged = s.spool.read(s.batch.bytes, s.batch.lines)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil, 0, true
	}
	report = s.drop(damaged, false)
	s.onDisk = len(batch)
	if len(batch) == 0 {
		if s.queue.live == 0 {
			return nil, 0, s.closed
		}
		wait := s.linger(now)
		if s.lingering = wait > 0; s.lingering {
			return nil, wait, false
		}
		batch = s.queue.take(s.batch.bytes, s.batch.lines)
		s.taken = now
		s.urgent = s.urgent && s.queue.live > 0
		s.room.Broadcast()
	}
	s.inFlight, s.delivering = batch, now
	return batch, 0, false
}

// linger is how long the lines in the queue wait for others.
func (s *Sink) linger(now time.Time) time.Duration {
	if s.urgent || s.closed || s.queue.bytes >= s.batch.bytes {
		return 0
	}
	return s.taken.Add(s.batch.linger).Sub(now)
}

// finish notes what became of the lines in flight. false: the device is to be left alone for a while.
func (s *Sink) finish(n int, err error) bool {
	var refused *refusedError
	var tooLarge *tooLargeError
	var slow *slowError
	var gone *goneError
	report := func() {}
	defer func() { report() }() // without a lock
	dropped := 0
	settled := err == nil || errors.As(err, &refused)
	if s.spool != nil {
		s.spool.mu.Lock()
		defer s.spool.mu.Unlock()
		if !s.isOver() {
			dropped = s.giveBack(settled)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return settled // too late: the lines are in the spool, or counted
	}
	batch, onDisk := s.inFlight, s.onDisk
	s.inFlight, s.onDisk, s.delivering = nil, 0, time.Time{}
	s.status.Sent += uint64(n)
	if n > 0 || settled {
		s.progressed = time.Now()
	}
	switch {
	case err == nil:
		s.works()
		s.batch.grow(time.Now())
	case errors.As(err, &tooLarge):
		s.divide(batch, err)
		report = s.drop(dropped+s.queue.putBack(batch[onDisk:], s.replay), false)
		return true
	case refused != nil:
		s.fails(err)
		report = s.drop(len(batch), allLoss(batch))
	case errors.As(err, &gone):
		s.fails(err)
		s.gone = err
		report = s.drop(len(batch)-n+s.queue.live, false)
		s.queue = queue{limit: s.queue.limit}
		s.room.Broadcast()
		return true
	default:
		if errors.As(err, &slow) {
			s.batch.shrink(batch, leastSlow, time.Now())
		}
		s.fails(err)
		report = s.drop(dropped+s.queue.putBack(batch[max(n, onDisk):], s.replay), false)
	}
	return settled
}

// giveBack ends the taking of lines of the spool: they go, or are read again. It answers how many cannot be. It is called with the lock
// of the spool.
func (s *Sink) giveBack(settled bool) (dropped int) {
	if !settled {
		return s.spool.release()
	}
	s.spool.acknowledge()
	token(s.keeper.wake) // what is on disk may have changed
	return 0
}

// divide makes the batches smaller. It is called with the lock. Once it is logged: after that it is tried from time to time.
func (s *Sink) divide(batch []Item, err error) {
	if s.batch.tooMuch.IsZero() {
		s.log.Info("output takes smaller batches only", "error", err)
	}
	s.status.LastError = err.Error()
	s.batch.shrink(batch, 0, time.Now())
	s.urgent = true // the lines have waited for others already
}

func allLoss(batch []Item) bool {
	for _, item := range batch {
		if !item.Loss {
			return false
		}
	}
	return true
}

// works and fails are called with the lock. A change is logged once.
func (s *Sink) works() {
	s.dropping = false
	if s.status.FailingSince != nil {
		s.status.FailingSince = nil
		s.log.Info("output takes lines again")
	}
}

func (s *Sink) fails(err error) {
	if s.ctx.Err() != nil && s.status.FailingSince != nil {
		return // the end cut it off: the error before says more
	}
	s.status.LastError = err.Error()
	if s.status.FailingSince == nil {
		now := time.Now()
		s.status.FailingSince = &now
		s.log.Warn("output does not take lines", "error", err)
	}
}

// pause waits before the device is asked again, or as long as the output said. The end and Reopen end the wait, but not one
// that the output asked for.
func (s *Sink) pause(wait time.Duration, err error) {
	closing := s.closing
	var later *laterError
	switch {
	case errors.As(err, &later):
		wait, closing = max(wait, later.after), nil
	case s.isClosing():
		wait, closing = min(wait, s.times.retry), nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.retry:
	case <-s.ctx.Done():
	case <-closing:
	}
}

func (s *Sink) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}
