package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
)

const (
	tick          = time.Second           // while something is under way; at rest there is none
	gather        = 50 * time.Millisecond // what comes within is taken together: to be woken costs more than an event does
	stuckAfter    = 10 * time.Second      // without a step of the line, with records before it
	endPatience   = 3 * time.Second       // for what is under way at a stop
	overrunMemory = 5 * time.Second       // in which serials that are missing are those of an overrun of the socket
)

// Source is where records come from, as kernel.Socket is.
type Source interface {
	// Receive waits for the next record, and for nothing but the kernel. After Close the error is fs.ErrClosed.
	Receive() (audit.Record, error)
	// Drain ends Receive after what was recorded until now.
	Drain()
	// Alive says why no record can come; nil: some can.
	Alive() error
	Close() error
}

// LiveSettings are those of the agent's line.
type LiveSettings struct {
	Settings
	Source Source
	// Attribute says from which container a process is. It is called by the reader: it must be fast.
	Attribute func(pid, ppid int, at, arrived time.Time) container.Attribution
	Overruns  func() uint64          // of the source: how often its buffer was full
	Lost      func() (uint64, error) // records that the kernel had no room for
	// Release takes away what was changed in the kernel. It is called at once at a stop, and ends the recording.
	Release func() error
	Queue   int // records between reader and line
}

// Live is the agent: the reader, which waits for nothing but the kernel, and behind a queue the line.
type Live struct {
	settings LiveSettings
	line     *line
	queue    *queue

	mu   sync.Mutex
	gaps *audit.Gaps

	reading  atomic.Bool
	ended    atomic.Bool  // the line, without an error
	stepped  atomic.Int64 // when the line made its last step, in nanoseconds
	overruns uint64       // seen so far; this and what follows are the line's
	overrun  time.Time    // when the last one was seen
	overran  bool         // serials are missing by it, or may be: the next record says so, whenever that comes
	missing  uint64       // serials, counted so far
	lost     uint64       // records of the kernel, counted so far
	asked    time.Time    // when the kernel was asked for them last
}

// NewLive makes the agent.
func NewLive(s LiveSettings) *Live {
	return &Live{settings: s, line: newLine(s.Settings), queue: newQueue(s.Queue), gaps: audit.NewGaps(patience)}
}

// Actor is the agent for a run group. execute ends after interrupt, when what was read is written, or when the source or an
// output is gone; interrupt does not block.
func (l *Live) Actor() (execute func() error, interrupt func(error)) {
	stop := make(chan struct{})
	return func() error { return l.run(stop) }, func(error) { close(stop) }
}

func (l *Live) run(stop <-chan struct{}) error {
	l.reading.Store(true)
	l.stepped.Store(time.Now().UnixNano())
	read, written := make(chan error, 1), make(chan error, 1)
	go func() { read <- guarded(l.read) }()
	go func() { written <- guarded(l.write) }()
	var err, released error
	select {
	case <-stop:
		released = l.settings.Release()
		l.settings.Source.Drain()
		err = <-read
	case err = <-read:
	case err = <-written: // before the reader only where an output is gone, or by a bug
		written <- err
		err = nil
	}
	if released == nil {
		released = l.settings.Release()
	}
	err = errors.Join(err, released, l.settings.Source.Close())
	l.queue.close()
	limit := time.NewTimer(endPatience)
	defer limit.Stop()
	select {
	case ended := <-written:
		l.ended.Store(ended == nil)
		return errors.Join(ended, err)
	case <-limit.C:
		return errors.Join(err, &OutputError{errors.New("write what was under way: an output took nothing for too long")})
	}
}

// Last is the line about what the outputs did not take at the end, after execute; nil: they took all.
func (l *Live) Last() []byte {
	if !l.ended.Load() {
		return nil
	}
	return l.line.last(time.Now())
}

// guarded makes a panic an error: the kernel's rules are taken away then, as at every other end.
func guarded(part func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("this is a bug: %v\n%s", fault, debug.Stack())
		}
	}()
	return part()
}

// read is the reader. The rules are added before it listens, and each is an event that says what tswatch did. Of one that comes in
// part nothing says whose it is, so what had begun before the first record is left out.
func (l *Live) read() error {
	defer l.reading.Store(false)
	half := uint32(0) // the serial of such an event
	for first := true; ; first = false {
		record, err := l.settings.Source.Receive()
		if errors.Is(err, fs.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		now := time.Now()
		e := entry{record: record}
		if pid, ppid, ok := pidsOf(record); ok {
			e.from = &origin{pid, l.settings.Attribute(pid, ppid, record.Time, now)}
		}
		l.see(record, now)
		if first && record.Type.IsDetail() {
			half = record.Serial
		}
		if half == 0 || record.Serial != half {
			l.queue.put(e)
		}
	}
}

func (l *Live) see(record audit.Record, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gaps.See(record, now)
}

// write is the line: it takes what the reader has left until there is nothing more.
func (l *Live) write() error {
	timer := time.NewTimer(tick)
	defer timer.Stop()
	var last time.Time // when a record came
	for ticked := time.Now(); ; {
		chunk, closed := l.queue.take()
		now := time.Now()
		l.stepped.Store(now.UnixNano())
		for _, e := range chunk {
			if err := l.line.add(e.record, e.from, now); err != nil {
				return err
			}
		}
		if len(chunk) > 0 {
			last = now
			l.queue.giveBack(chunk)
			now = time.Now()
			l.stepped.Store(now.UnixNano())
		}
		if now.Sub(ticked) >= tick || len(chunk) == 0 {
			ticked = now
			l.account(now, closed)
			if err := l.line.expire(now); err != nil {
				return err
			}
		}
		switch {
		case closed && len(chunk) == 0:
			return l.line.end(now)
		case closed || l.queue.waiting() > 0:
			continue
		}
		if err := l.line.flush(); err != nil {
			return err
		}
		l.rest(timer, now, last)
	}
}

// rest waits for records, or for what is due. Where nothing is under way only the kernel wakes the process.
func (l *Live) rest(timer *time.Timer, now, last time.Time) {
	var due <-chan time.Time
	if now.Sub(last) < patience+tick || l.line.loss.waits() {
		timer.Reset(tick)
		due = timer.C
	} else if at, any := l.line.Judge.Next(); any {
		timer.Reset(max(tick, at.Add(patience).Sub(now)))
		due = timer.C
	}
	select {
	case <-l.queue.wake:
	case <-due:
		return
	}
	if l.queue.gather() {
		timer.Reset(gather)
		select {
		case <-l.queue.wake:
		case <-timer.C:
		}
	}
}

// account counts what was lost. At the end it waits for no missing serial.
func (l *Live) account(now time.Time, end bool) {
	if records, serials := l.queue.drops(); records > 0 {
		l.line.Counters.lose(lostInQueue, serials) // more records of an event that is counted come without one
		l.line.loss.add(lostInQueue, "", records, serials)
	}
	if all := l.settings.Overruns(); all > l.overruns {
		l.line.loss.add(lostAtSocket, "", all-l.overruns, 0) // at least one record each; the serials follow
		l.overruns, l.overrun, l.overran = all, now, true
	}
	l.mu.Lock()
	missing := l.gaps.Lost(now)
	if end {
		missing = l.gaps.Flush()
	}
	l.mu.Unlock()
	if missing > l.missing {
		where := lostInKernel
		if l.overran {
			where = lostAtSocket
			l.overran = now.Sub(l.overrun) < overrunMemory
		}
		l.line.Counters.lose(where, missing-l.missing)
		l.line.loss.add(where, "", 0, missing-l.missing)
		l.missing = missing
	}
	if !end && now.Sub(l.asked) < tick { // a question is a message to the kernel and back
		return
	}
	l.asked = now
	if all, err := l.settings.Lost(); err == nil && all > l.lost {
		l.line.Counters.lose(lostInKernel, all-l.lost) // no serial was given out
		l.line.loss.add(lostInKernel, "", all-l.lost, 0)
		l.lost = all
	}
}

// Health says what is wrong with the line; nil: nothing.
func (l *Live) Health() error {
	if !l.reading.Load() {
		return errors.New("the audit stream is not read")
	}
	if err := l.settings.Source.Alive(); err != nil {
		return err
	}
	stepped := time.Unix(0, l.stepped.Load())
	if waiting := l.queue.waiting(); waiting > 0 && time.Since(stepped) > stuckAfter {
		return fmt.Errorf("%d records wait, and none was written for %s: an output is stuck", waiting, time.Since(stepped).Round(time.Second))
	}
	return nil
}

// Wake makes the line look for what the outputs have dropped. It never waits.
func (l *Live) Wake() { l.queue.wakeUp() }
