package pipeline

import (
	"cmp"
	"context"
	"time"

	"github.com/tsboot/tsboot/watch/container"
)

const (
	completePatience = 200 * time.Millisecond // for an answer
	slowPause        = 2 * time.Second        // after one that came too late nobody waits for this container
	maxCompleted     = 4096                   // containers of which the answer is kept
)

// Runtimes say what a container is, as runtime.Runtimes do.
type Runtimes interface {
	// Lookup answers at once; false: more may be found out.
	Lookup(id string) (*container.Container, bool)
	// Await waits for an answer, 200 ms at most.
	Await(ctx context.Context, id string) *container.Container
	// StartedAbout is the container in which a runtime has started a process, where it said so about that time.
	StartedAbout(pid int, at time.Time) (id string, ok bool)
	// Top looks for the container of a process that is alive.
	Top(ctx context.Context, pid int) (id string, ok bool)
}

// Completer adds to an attribution what the runtimes know. It is for one goroutine, so that events keep their order.
type Completer struct {
	ctx      context.Context
	runtimes Runtimes
	now      func() time.Time
	slow     map[string]slow // containers that were waited for in vain
	whole    map[pair]*container.Container
}

// slow is when an answer came too late, and what is said in its place.
type slow struct {
	at     time.Time
	answer *container.Container
}

// pair is a container as it was found, and as a runtime knows it.
type pair struct{ found, known *container.Container }

// NewCompleter makes a completer. Nothing is waited for when ctx has ended.
func NewCompleter(ctx context.Context, runtimes Runtimes) *Completer {
	return &Completer{
		ctx: ctx, runtimes: runtimes, now: time.Now, slow: map[string]slow{}, whole: map[pair]*container.Container{},
	}
}

// Complete adds name, image and labels of the container. It asks for the container of a process that lives and cannot be
// read.
func (c *Completer) Complete(pid int, a *container.Attribution) {
	if a.Method == container.MethodNone {
		c.search(pid, a)
	}
	if a.Container != nil {
		a.Container = c.complete(a.Container)
	}
}

// search asks the runtimes which container has the process. Of one that had ended they may have said it a moment after the
// reader wanted to know.
func (c *Completer) search(pid int, a *container.Attribution) {
	switch a.Reason {
	case container.ReasonHidden:
		ctx, cancel := context.WithTimeout(c.ctx, completePatience)
		defer cancel()
		if id, ok := c.runtimes.Top(ctx, pid); ok {
			a.Method, a.Reason, a.Container = container.MethodTop, "", &container.Container{ID: id}
		}
	case container.ReasonGone, container.ReasonExiting, container.ReasonRuntime:
		if id, ok := c.runtimes.StartedAbout(pid, a.At); ok {
			a.Method, a.Reason, a.Container = container.MethodRuntime, "", &container.Container{ID: id}
		}
	}
}

func (c *Completer) complete(found *container.Container) *container.Container {
	known := c.ask(found.ID)
	if whole := c.whole[pair{found, known}]; whole != nil {
		return whole
	}
	whole := *found
	whole.Name, whole.Image, whole.Labels, whole.Missing = known.Name, known.Image, known.Labels, known.Missing
	if whole.Runtime == "" {
		whole.Runtime = known.Runtime
	}
	if known.Missing == "" {
		if len(c.whole) >= maxCompleted {
			clear(c.whole)
		}
		c.whole[pair{found, known}] = &whole
	}
	return &whole
}

// ask gives what is known, and waits for more where that was not in vain a moment ago.
func (c *Completer) ask(id string) *container.Container {
	known, all := c.runtimes.Lookup(id)
	if all {
		return known
	}
	now := c.now()
	if last := c.slow[id]; last.answer != nil && now.Sub(last.at) < slowPause {
		return cmp.Or(known, last.answer)
	}
	begin := now
	known = c.runtimes.Await(c.ctx, id)
	if now = c.now(); known.Missing != "" && now.Sub(begin) >= completePatience/2 {
		if len(c.slow) >= maxCompleted {
			clear(c.slow)
		}
		c.slow[id] = slow{now, known}
	}
	return known
}
