package sink

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/go-hclog"
)

// Fan is several sinks as one: each gets every line, and none waits for another. All methods may be called from any
// goroutine.
type Fan struct {
	sinks []*Sink
	last  func() []byte
	ended sync.Once
}

// ErrLocal is in an *UndeliveredError of the standard output or of a file.
var ErrLocal = errors.New("an output of this machine is not complete")

// An UndeliveredError says that an output did not take all lines before the end.
type UndeliveredError struct {
	Where string
	Lines int
	Why   string
	local bool
}

// Is is for ErrLocal.
func (e *UndeliveredError) Is(target error) bool { return e.local && target == ErrLocal }

func (e *UndeliveredError) Error() string {
	return fmt.Sprintf("output %s: %d events are not delivered: %s", e.Where, e.Lines, e.Why)
}

// A LimitError says that Options.SpoolMax is too small.
type LimitError struct{ Least int64 }

func (e *LimitError) Error() string {
	return fmt.Sprintf("has no room for an event: want %d or more for these http(s) outputs", e.Least)
}

// OpenFan opens the sinks of all names. A *WhereError or *LimitError: an option is wrong, and nothing was opened; every other error: a
// sink cannot be had, and those before it are closed again.
func OpenFan(names []string, options Options) (*Fan, error) {
	targets, err := parseAll(names)
	if err != nil {
		return nil, err
	}
	if options.Log == nil {
		options.Log = hclog.NewNullLogger()
	}
	if options.Stop == nil {
		options.Stop = context.Background()
	}
	options.times = options.times.withDefaults()
	posts := int64(countPosts(targets))
	if least := minSpool * posts; options.SpoolDir != "" && options.SpoolMax < least {
		return nil, &LimitError{least}
	}
	options.SpoolMax /= max(1, posts)
	fan := &Fan{last: options.Last}
	for _, t := range targets {
		sink, err := open(t, max(minQueueBytes, queueBytes/len(targets)), options)
		if err != nil {
			return nil, errors.Join(err, fan.Close(context.Background()))
		}
		fan.sinks = append(fan.sinks, sink)
	}
	if posts > 0 && options.TokenFile != "" {
		warnOfReaders(options.TokenFile, options.Log)
	}
	if options.SpoolDir != "" {
		warnOfOthers(options.SpoolDir, targets, options.Log)
	}
	return fan, nil
}

func countPosts(targets []target) (posts int) {
	for _, t := range targets {
		if t.kind == kindPost {
			posts++
		}
	}
	return posts
}

// Put gives a line to all. It waits in a replay only. A line that cannot be written is counted in the status. An error says
// that all sinks are gone for good, so that nothing of what follows can be written either.
func (f *Fan) Put(item Item) error {
	item.Line = bytes.Clone(item.Line)
	return f.each(func(s *Sink) error { return s.put(item) })
}

// Flush says that no more lines come for now: the sinks begin with what they have.
func (f *Fan) Flush() error { return f.each((*Sink).flush) }

// Reopen opens what is behind the sinks again: a file that was moved away, a token that was changed (SIGHUP). What fails is
// logged, and stands in the status.
func (f *Fan) Reopen() {
	for _, s := range f.sinks {
		s.reopen()
	}
}

// Reopener gives a Reopen that does not wait, until over is closed. A file that stands still, as a pipe does that nobody reads, holds
// Reopen up.
func (f *Fan) Reopener(over <-chan struct{}) (reopen func()) {
	asked := make(chan struct{}, 1)
	go func() {
		for {
			select {
			case <-asked:
				f.Reopen()
			case <-over:
				return
			}
		}
	}()
	return func() { token(asked) }
}

// Close writes what is left, until ctx ends or the time is over, and closes all. After a replay that nobody stopped, a sink may be as
// slow as it is while it takes lines, and standard output while it has a reader; a sink that takes nothing has Grace. Otherwise Grace
// is all the time there is. What is left then goes to the spool, or is counted as dropped: that is an *UndeliveredError, one for each
// sink.
func (f *Fan) Close(ctx context.Context) (err error) {
	f.ended.Do(func() { err = f.close(ctx) })
	return err
}

func (f *Fan) close(ctx context.Context) error {
	failures := make([]error, len(f.sinks))
	f.all(func(i int, s *Sink) { failures[i] = s.drain(ctx) })
	if f.last != nil && ctx.Err() == nil {
		if text := f.last(); text != nil {
			f.all(func(_ int, s *Sink) { s.lastLine(ctx, text) })
		}
	}
	f.all(func(i int, s *Sink) { failures[i] = errors.Join(failures[i], s.closeDevice()) })
	return errors.Join(failures...)
}

// all calls one on every sink at the same time.
func (f *Fan) all(one func(i int, s *Sink)) {
	var all sync.WaitGroup
	for i, s := range f.sinks {
		all.Go(func() { one(i, s) })
	}
	all.Wait()
}

// Status is that of all, in their order.
func (f *Fan) Status() []Status {
	status := make([]Status, 0, len(f.sinks))
	for _, s := range f.sinks {
		status = append(status, s.snapshot())
	}
	return status
}

// each calls one on every sink. An error says that all are gone: it is that of the first.
func (f *Fan) each(one func(*Sink) error) error {
	var first error
	gone := 0
	for _, s := range f.sinks {
		if err := one(s); err != nil {
			first = cmp.Or(first, err)
			gone++
		}
	}
	if gone < len(f.sinks) {
		return nil
	}
	return first
}
