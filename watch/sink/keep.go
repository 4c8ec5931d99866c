package sink

import (
	"errors"
	"sync"
	"time"
)

// keeper is the goroutine that brings lines to disk, so that a kill loses no line that is older than a second.
type keeper struct {
	wake chan struct{}
	stop chan struct{}
	done sync.WaitGroup
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
	s.keeper = &keeper{wake: make(chan struct{}, 1), stop: make(chan struct{})}
	s.keeper.done.Go(s.keep)
	return nil
}

func (k *keeper) end() {
	close(k.stop)
	k.done.Wait()
}

func (s *Sink) keep() {
	var synced time.Time
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
			if rest := syncPause - time.Since(synced); rest <= 0 {
				s.spool.sync()
				synced = time.Now()
			} else if wait == 0 || rest < wait {
				wait = rest
			}
		}
		if wait > 0 {
			timer.Reset(wait)
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
	s.mu.Lock()
	oldest, waits := s.oldest()
	rest := s.times.spool - (time.Since(s.began) - oldest.at)
	switch {
	case !waits:
		s.mu.Unlock()
		return 0, false
	case !all && rest > 0 && s.queue.bytes <= s.queue.limit/2:
		s.mu.Unlock()
		return rest, false
	}
	flying := s.inFlight[s.onDisk:]
	queued := s.queue.take(spillBytes, len(s.queue.items))
	s.mu.Unlock()

	kept, err := s.spool.addFlying(flying)
	var done, dropped int
	if err == nil {
		done, dropped, err = s.spool.add(queued)
	}

	s.mu.Lock()
	s.onDisk += kept
	dropped += s.queue.putBack(queued[done:], s.replay)
	report = s.drop(dropped, false)
	s.room.Broadcast()
	if err != nil && !errors.Is(err, errSpoolFull) {
		s.status.LastError = err.Error()
	}
	s.mu.Unlock()
	if err != nil {
		return time.Second, false
	}
	return 0, true
}

// oldest is the oldest line that is not on disk.
func (s *Sink) oldest() (Item, bool) {
	if len(s.inFlight) > s.onDisk {
		return s.inFlight[s.onDisk], true
	}
	return s.queue.oldest()
}
