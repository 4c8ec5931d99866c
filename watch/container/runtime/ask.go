package runtime

import (
	"context"
	"errors"
	"os"
	"time"
)

const asksPending = 1024 // more questions are not begun: a later one comes when somebody needs the answer

// ask makes the runtimes say what a container is, in the background. A question that is under way is not asked twice, but once
// more when something changed since. The channel is closed at the end; nil: it cannot be asked.
func (r *Runtimes) ask(id string, changed bool) <-chan struct{} {
	answered, first := r.index.question(id, changed)
	if !first {
		return answered
	}
	if int(r.pending.Add(1)) <= asksPending && r.begin(func() { r.answer(id) }) {
		return answered
	}
	r.pending.Add(-1)
	r.index.drop(id)
	r.tally(func(s *Stats) { s.Skipped++ })
	return nil
}

func (r *Runtimes) answer(id string) {
	defer r.pending.Add(-1)
	for {
		err := r.inspect(id)
		if err != nil && !errors.Is(err, errUnknown) {
			r.log.Debug("container not inspected", "id", id, "error", err)
		}
		if !r.index.answered(id, missingOf(err)) {
			return
		}
	}
}

func missingOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errUnknown):
		return missingUnknown
	case errors.Is(err, errDown):
		return missingRuntime
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return missingLate
	}
	return missingFailed
}

// inspect asks one source after the other, until one knows the container.
func (r *Runtimes) inspect(id string) error {
	ctx, cancel := context.WithTimeout(r.ctx, askPatience)
	defer cancel()
	if err := r.asking.Wait(ctx); err != nil {
		r.tally(func(s *Stats) { s.Skipped++ })
		return err
	}
	select {
	case r.places <- struct{}{}:
	case <-ctx.Done():
		r.tally(func(s *Stats) { s.Skipped++ })
		return ctx.Err()
	}
	defer func() { <-r.places }()
	last := errDown
	for _, c := range r.sources {
		found, err := c.inspect(id)
		switch {
		case err == nil:
			r.index.put(c.owner, found.container, found.ended)
			if found.pid > 0 {
				r.pids.add(c.owner, id, id, found.pid, time.Time{})
			}
			return nil
		case errors.Is(last, errDown), !errors.Is(err, errUnknown) && !errors.Is(err, errDown):
			last = err
		}
	}
	return last
}

func (c *connection) inspect(id string) (details, error) {
	ctx, cancel := context.WithTimeout(c.all.ctx, askDeadline)
	defer cancel()
	found, err := c.source.inspect(ctx, id)
	if errors.Is(err, errDown) {
		return found, err
	}
	c.tally(func(s *Stats) {
		s.Inspected++
		if err != nil && !errors.Is(err, errUnknown) {
			s.Failed++
		}
	})
	return found, err
}

// tally counts what belongs to no runtime: with the first.
func (r *Runtimes) tally(count func(*Stats)) {
	if len(r.sources) > 0 {
		r.sources[0].tally(count)
	}
}
