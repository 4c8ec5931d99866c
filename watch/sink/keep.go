package sink

import (
	"errors"
	"sync"
	"time"
)

// keeper are the goroutines that bring lines to disk, so that a kill loses no line that is older than a second. One writes, the other calls
// fsync: on a busy disk that takes seconds, and the lines of these seconds are to be written, too.
type keeper struct {
	wake  chan struct{}
	dirty chan struct{} // has a token when files were written
	stop  chan struct{}
	done  sync.WaitGroup
}

// syncPause is the time between two calls of fsync. With the time in memory it makes a second, for a machine that loses its power.
const syncPause = 500 * time.Millisecond

func (s *Sink) openSpool(t target, o Options) error {
	spool, dropped, err := openSpool(o.SpoolDir, t.identity(), o.SpoolMax, o.Replay, s.log)
	if err != nil {
		return err
	}
	s.spool = spool
	s.drop(dropped, false)()
	s.keeper = &keeper{wake: make(chan struct{}, 1), dirty: make(chan struct{}, 1), stop: make(chan struct{})}
	s.keeper.done.Go(func() { s.guarded(s.keep) })
	s.keeper.done.Go(func() { s.guarded(s.sync) })
	return nil
}

func (k *keeper) end() {
	close(k.stop)
	k.done.Wait()
}

func (s *Sink) keep() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-s.keeper.stop:
			return
		case <-s.keeper.wake:
		case <-timer.C:
		}
		wait := s.spill(false)
		if s.spool.isDirty() {
			token(s.keeper.dirty)
		}
		if wait > 0 {
			timer.Reset(wait)
		}
	}
}

func (s *Sink) sync() {
	for {
		select {
		case <-s.keeper.stop:
			return
		case <-s.keeper.dirty:
		}
		s.spool.sync()
		select {
		case <-s.keeper.stop:
			return
		case <-time.After(syncPause):
		}
	}
}

// spillBytes is how much goes to disk at once: as much as this may be in memory beside the queue.
const spillBytes = 1 << 20

// spill brings the lines to disk that wait for too long, or all. It answers when to look again; 0: there is nothing in memory.
func (s *Sink) spill(all bool) time.Duration {
	for {
		if wait, more := s.spillSome(all); !more {
			return wait
		}
	}
}

func (s *Sink) spillSome(all bool) (wait time.Duration, more bool) {
	report := func() {}
	defer func() { report() }() // without a lock
	s.spool.mu.Lock()
	defer s.spool.mu.Unlock()
	flying, queued, wait := s.takeToSpill(all)
	if len(flying)+len(queued) == 0 {
		return wait, false
	}
	kept, err := s.spool.addFlying(flying)
	var done, dropped int
	if err == nil {
		done, dropped, err = s.spool.add(queued)
	}
	report = s.spilled(kept, queued[done:], dropped, err)
	if err != nil {
		return time.Second, false
	}
	return 0, true
}

// takeToSpill gives the lines that are to go to disk: those that the device has, and those of the queue. Where there are none it
// says when there will be.
func (s *Sink) takeToSpill(all bool) (flying, queued []Item, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest, waits := s.oldest()
	if !waits {
		return nil, nil, 0
	}
	rest := s.times.spool - (time.Since(s.began) - oldest.at)
	if !all && rest > 0 && s.queue.bytes <= s.queue.limit/2 {
		return nil, nil, rest
	}
	return s.inFlight[s.onDisk:], s.queue.take(spillBytes, len(s.queue.items)), 0
}

// spilled notes how many of the lines in flight are on disk, and takes back what is not. The answer is to be called without a lock.
func (s *Sink) spilled(kept int, back []Item, dropped int, err error) (report func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onDisk += kept
	dropped += s.queue.putBack(back, s.replay)
	s.room.Broadcast()
	if err != nil && !errors.Is(err, errSpoolFull) {
		s.status.LastError = err.Error()
	}
	return s.drop(dropped, false)
}

// oldest is the oldest line that is not on disk.
func (s *Sink) oldest() (Item, bool) {
	if len(s.inFlight) > s.onDisk {
		return s.inFlight[s.onDisk], true
	}
	return s.queue.oldest()
}
