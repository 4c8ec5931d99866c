package sink

import (
	"context"
	"fmt"
	"time"
)

// drain waits until the lines are out, as Fan.Close says, and ends the sink. What is left goes to the spool, or is counted.
func (s *Sink) drain(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.progressed = time.Now()
	close(s.closing)
	s.room.Broadcast()
	s.mu.Unlock()
	token(s.wake)

	s.awaitEnd(ctx)
	s.cancel()
	s.running = !s.awaitCancelled()
	if s.keeper != nil {
		s.keeper.end()
	}
	left := s.leave()
	if s.spool != nil {
		s.spool.close()
	}
	return left
}

// lastPatience is how long the last line of all may take.
const lastPatience = time.Second

// lastLine gives a line to an output that took all so far, and to no other.
func (s *Sink) lastLine(ctx context.Context, text []byte) {
	status := s.snapshot()
	if s.running || s.gone != nil || status.FailingSince != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastPatience)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.guarded(func() { _, _ = s.device.deliver(ctx, []Item{{Line: text, Loss: true}}) }) // nobody is left to whom it could be said
	}()
	select {
	case <-done:
	case <-ctx.Done(): // a write to a pipe that nobody reads ends with the process
		s.running = true
	}
}

// closeDevice closes what is behind the sink, unless a write is under way there.
func (s *Sink) closeDevice() error {
	if s.running {
		return nil
	}
	if err := s.device.close(); err != nil {
		return fmt.Errorf("close %s: %w", s.where, err)
	}
	return nil
}

// awaitEnd returns when the goroutine has ended, or its time is over.
func (s *Sink) awaitEnd(ctx context.Context) {
	timer := time.NewTimer(s.times.grace)
	defer timer.Stop()
	stop := s.stop.Done()
	for {
		select {
		case <-s.ended:
			return
		case <-ctx.Done():
			return
		case <-stop: // from now on there is an end
			stop = nil
			timer.Reset(s.times.grace)
			continue
		case <-timer.C:
		}
		rest := s.patience()
		if rest <= 0 {
			return
		}
		timer.Reset(rest)
	}
}

// patience is how long the sink may still go on: after a replay that nobody stopped, as long as the output takes lines, or as the
// reader of standard output takes his time.
func (s *Sink) patience() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.replay || s.stop.Err() != nil {
		return 0
	}
	if s.batch.paged && s.status.FailingSince == nil {
		return s.times.grace
	}
	return s.times.grace - time.Since(s.progressed)
}

// awaitCancelled waits until the goroutine has seen that it is to give up. A write to a pipe that nobody reads does not see it:
// it ends with the process.
func (s *Sink) awaitCancelled() bool {
	timer := time.NewTimer(200 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-s.ended:
		return true
	case <-timer.C:
		return false
	}
}

// abandon takes back what the device has. Where the goroutine comes back after all, there is nothing left for it to do.
func (s *Sink) abandon() {
	report := func() {}
	defer func() { report() }() // without a lock
	gone := 0
	if s.spool != nil {
		s.spool.mu.Lock()
		defer s.spool.mu.Unlock()
		gone = s.spool.release()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	report = s.drop(gone, false)
	s.queue.putBack(s.inFlight[s.onDisk:], true)
	s.inFlight, s.onDisk = nil, 0
}

// isOver says whether the sink was abandoned. Where there is a spool, it is called with the lock of that.
func (s *Sink) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// leave puts what is left into the spool, where the oldest events make room for it, or counts it as dropped.
func (s *Sink) leave() error {
	s.mu.Lock()
	before := s.status.Dropped
	s.dropping = true // the error says it
	s.mu.Unlock()
	s.abandon()
	if s.spool != nil {
		s.spool.makeWay()
		s.spill(true)
	}
	s.mu.Lock()
	left := s.queue.live
	s.queue = queue{}
	report := s.drop(left, false)
	lost := s.status.Dropped - before
	if s.gone != nil {
		lost = s.status.Dropped
	}
	last := s.status.LastError
	s.mu.Unlock()
	report()
	if lost == 0 {
		return nil
	}
	if last == "" {
		last = "it did not take them in time"
	}
	return &UndeliveredError{Where: s.where, Lines: int(lost), Why: last, local: s.local}
}
