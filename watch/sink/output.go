package sink

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// A device is what a sink writes to. deliver is called by one goroutine, and close after that has ended.
type device interface {
	// deliver gives lines to the output, in their order. It answers how many of them the output took.
	deliver(ctx context.Context, batch []Item) (int, error)
	reopen() error // at SIGHUP; beside the others
	close() error
}

// Sink is one output with its queue. One goroutine gives the lines to the device.
type Sink struct {
	where  string
	local  bool // the standard output, or a file
	device device
	batch  batching
	times  times
	replay bool
	stop   context.Context
	lost   func(uint64)
	panics func(any) // nil: it is not recovered from
	log    hclog.Logger
	began  time.Time
	spool  *spool  // nil: there is none
	keeper *keeper // of the spool

	wake    chan struct{} // has a token when there may be something to do
	retry   chan struct{} // has a token when the device may work again
	closing chan struct{} // closed by close
	ended   chan struct{} // closed when the goroutine has ended
	ctx     context.Context
	cancel  context.CancelFunc // gives up

	mu         sync.Mutex // locked after that of the spool
	room       *sync.Cond // the queue has room, or nobody waits any more
	queue      queue
	inFlight   []Item    // what the device has at the moment
	onDisk     int       // how many of these are in the spool, too
	urgent     bool      // there is an alert in the queue
	taken      time.Time // when the last batch was
	lingering  bool      // a timer will look at the queue
	closed     bool
	gone       error // the device takes nothing any more
	status     Status
	progressed time.Time // when the device took lines last
	delivering time.Time // since when it has the lines in flight; zero: there are none
	unreported uint64    // dropped, and Lost was not called
	dropping   bool      // it was logged, and the output has not worked since

	over    bool // what there was has been taken away
	running bool // the goroutine did not end; for the end only
}

// open makes a sink and starts it.
func open(t target, queueLimit int, o Options) (*Sink, error) {
	s := &Sink{
		where: t.where, local: t.kind == kindStdout || t.kind == kindFile, times: o.times, replay: o.Replay, stop: o.Stop,
		lost: o.Lost, panics: o.Panicked, log: o.Log.With("output", t.where),
		began: time.Now(), wake: make(chan struct{}, 1), retry: make(chan struct{}, 1), closing: make(chan struct{}),
		ended: make(chan struct{}), queue: queue{limit: queueLimit}, batch: newBatching(64<<10, 1<<20, lineLinger),
	}
	s.room = sync.NewCond(&s.mu)
	s.status.Where = t.where
	var err error
	switch t.kind {
	case kindStdout:
		s.device, err = openStdout(o.Stdout)
		s.batch.paged = true
	case kindFile:
		s.device, err = openFile(t.path, o.FileMaxSize, o.FileKeep)
	case kindUnix:
		s.device, err = openSocket(t.path)
	case kindPost:
		s.batch = newBatching(512<<10, 5000, o.times.linger)
		s.device, err = newPost(t, o)
	}
	if err != nil {
		return nil, err
	}
	if t.kind == kindPost && o.SpoolDir != "" {
		if err := s.openSpool(t, o); err != nil {
			_ = s.device.close()
			return nil, err
		}
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.guarded(s.run)
	return s, nil
}

// guarded runs what is a goroutine of its own.
func (s *Sink) guarded(part func()) {
	if s.panics != nil {
		defer func() {
			if fault := recover(); fault != nil {
				s.panics(fault)
			}
		}()
	}
	part()
}

// put takes a line. It waits in a replay only.
func (s *Sink) put(item Item) error {
	if s.spool != nil {
		item.at = time.Since(s.began)
	}
	report, err := s.enqueue(item)
	report()
	return err
}

// enqueue puts a line into the queue, and wakes those that have something to do now. report is to be called without a lock.
func (s *Sink) enqueue(item Item) (report func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.replay && !s.queue.fits(item) {
		s.awaitRoom(item)
	}
	if s.closed || s.gone != nil {
		return s.drop(1, item.Loss), s.gone
	}
	first := s.queue.live == 0
	dropped := s.queue.put(item)
	s.urgent = s.urgent || item.Alert
	if item.Alert || s.queue.bytes >= s.batch.bytes {
		token(s.wake)
	}
	if pressed := s.queue.bytes > s.queue.limit/2; s.keeper != nil && (first || pressed) {
		token(s.keeper.wake)
	}
	return s.drop(dropped, item.Loss), nil
}

// awaitRoom is called with the lock, and waits until the queue takes the item or nobody waits for it any more.
func (s *Sink) awaitRoom(item Item) {
	release := context.AfterFunc(s.stop, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.room.Broadcast()
	})
	defer release()
	token(s.wake)
	for !s.queue.fits(item) && !s.closed && s.gone == nil && s.stop.Err() == nil {
		s.room.Wait()
	}
}

// drop counts lines that went. It is called with the lock; the answer is to be called without it.
func (s *Sink) drop(lines int, silent bool) (report func()) {
	if lines == 0 {
		return func() {}
	}
	s.status.Dropped += uint64(lines)
	s.unreported += uint64(lines)
	first := !s.dropping
	s.dropping = true
	reported := s.unreported
	if silent || s.lost == nil {
		reported = 0
	}
	s.unreported -= reported
	return func() {
		if first {
			s.log.Warn("output drops lines: tswatch status counts them")
		}
		if reported > 0 {
			s.lost(reported)
		}
	}
}

func (s *Sink) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.live > 0 && !s.lingering {
		token(s.wake)
	}
	return s.gone
}

func (s *Sink) reopen() {
	if err := s.device.reopen(); err != nil {
		s.log.Error("reopen an output", "error", err)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.status.LastError = err.Error()
	}
	token(s.retry)
}

func (s *Sink) snapshot() Status {
	var spooled uint64
	if s.spool != nil {
		spooled = s.spool.waiting()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	status.Spooled = spooled
	if since := s.delivering; status.FailingSince == nil && s.stuckFor(time.Now()) > 0 {
		status.FailingSince = &since
		status.LastError = "it does not read what is written to it"
	}
	return status
}

// token puts a token into a channel that holds one.
func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it has one
	}
}
