package ssm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/secrets"
)

// A task describes one call for its messages.
type task struct {
	op       string // "read parameters"
	resource string // "below /threatstack/prod"
	action   string // the IAM action: "ssm:GetParametersByPath"
	arn      string // what IAM checks the action for, as far as known
	where    string // "region us-east-1, credentials from task role"
	// renew is called before another try after an Expired failure. It says whether
	// there was something to renew.
	renew func(code string) bool
	// end, if it is not zero, is a deadline before that of the fetch.
	end time.Time
	// page is which page of a listing this is; 0: it has none.
	page int
}

// errDeadline is the cause of a context that the deadline of the fetch ended.
var errDeadline = errors.New("the fetch's deadline has passed")

// A caller makes calls until they succeed, are refused, or the deadline of the
// fetch has passed. It belongs to one fetch and one goroutine.
type caller struct {
	policy   Policy
	log      hclog.Logger
	random   func() float64
	start    time.Time
	deadline time.Time // zero: none
	// congested is when the fetch was first throttled.
	congested time.Time
	retries   int           // tries after a failure, of whatever was asked
	waited    time.Duration // for the splay and between tries
	contact   contact
	env       environment
	waits     *Waits // nil: nobody watches
}

func newCaller(policy Policy, log hclog.Logger, timeout time.Duration) *caller {
	c := &caller{policy: policy, log: log, random: rand.Float64, start: time.Now()}
	if timeout > 0 {
		c.deadline = c.start.Add(timeout)
	}
	return c
}

// context ends with the deadline. Its caller cancels it.
func (c *caller) context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = c.contact.with(ctx)
	if c.deadline.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, c.deadline, errDeadline)
}

// left is the time to the deadline; negative if there is none.
func (c *caller) left(t task) time.Duration {
	end := c.deadline
	if !t.end.IsZero() && (end.IsZero() || t.end.Before(end)) {
		end = t.end
	}
	if end.IsZero() {
		return -1
	}
	return max(0, time.Until(end))
}

// do makes one call until it succeeds or another try cannot help.
func (c *caller) do(ctx context.Context, t task, call func(context.Context) error) error {
	var counts [Local + 1]int
	var last finding
	tooLong := 0
	c.contact.call()
	waiting, watched := c.waiting(t), c.watch(t)
	defer watched.end()
	for try := 1; ; try++ {
		bound := c.policy.AttemptTime(tooLong, c.left(t))
		end := waiting.attempt()
		watched.trying(try)
		late, err := c.attempt(ctx, bound, call)
		end()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			if f := c.classify(err); last.code == "" && catalogue.Of(f.code).Kind == secrets.Unavailable {
				last = f // the first attempt took all the time: it knows the host
			}
			return c.ended(ctx, t, last, try)
		}
		if f := c.classify(err); !late || bound >= c.policy.AttemptMin || last.code == "" {
			last = f // else the deadline ended this attempt: the failure before it says more
		}
		if late || last.code == CodeTimeout {
			tooLong++
		}
		counts[last.class]++
		if last.class == Throttled && c.congested.IsZero() {
			c.congested = time.Now()
		}
		wait, again := c.policy.Next(c.failure(t, last, counts[last.class]), c.random())
		if again && last.class == Expired {
			again = t.renew != nil && t.renew(last.code)
		}
		if !again {
			return c.explain(t, last, try)
		}
		c.retries++
		c.note(t, last, try, wait)
		watched.pausing(last.code, wait)
		if !c.sleep(ctx, wait) {
			return c.ended(ctx, t, last, try)
		}
	}
}

// classify finds out what went wrong in one attempt. A fault of the network
// names the host and port that were asked.
func (c *caller) classify(err error) finding {
	f := c.env.blameCA(classify(err))
	f.detail = c.env.clean(f.detail)
	if f.ofNetwork() {
		f.detail = c.contact.name(f.detail)
	}
	return f
}

func (c *caller) failure(t task, f finding, count int) Failure {
	failure := Failure{Class: f.class, Count: count, Hint: f.hint, Left: c.left(t)}
	if !c.congested.IsZero() {
		failure.Congested = time.Since(c.congested)
	}
	return failure
}

// attempt makes the call once, within the bound. late: the bound ended it.
func (c *caller) attempt(ctx context.Context, bound time.Duration, call func(context.Context) error) (late bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	if err = call(ctx); err == nil {
		return false, nil
	}
	return ctx.Err() != nil, err
}

// note logs a retry. The first one is logged at debug if its wait is short.
func (c *caller) note(t task, f finding, try int, wait time.Duration) {
	level := hclog.Info
	if try == 1 && wait < time.Second {
		level = hclog.Debug
	}
	c.log.Log(level, "retrying", "action", t.action, "resource", t.resource, "attempt", try, "delay", durationText(wait),
		"code", f.code, "detail", f.detail, "elapsed", durationText(time.Since(c.start)), "gives_up_in", c.givesUpIn(t))
}

// ended is the error of a call whose context has ended: at the deadline, or
// because tsboot stops.
func (c *caller) ended(ctx context.Context, t task, last finding, try int) error {
	if cause := context.Cause(ctx); !errors.Is(cause, errDeadline) {
		return fmt.Errorf("%s %s: %w", t.op, t.resource, cause)
	}
	if last.code == "" {
		last = finding{code: CodeTimeout, detail: c.contact.name("no answer in time"), err: errDeadline}
	}
	return c.explain(t, last, try)
}

// explain is the error of a call that is not tried again.
func (c *caller) explain(t task, f finding, try int) error {
	resource := t.resource
	if t.where != "" {
		resource += " (" + t.where + ")"
	}
	e := newError(f.code, t.op, resource, f.detail)
	e.Err = f.err
	if requests := c.contact.made(); requests > 0 {
		try = requests // an attempt that waited for a request under way made none
	}
	if try > 1 {
		e.Detail += fmt.Sprintf(" (%d tries in %s)", try, durationText(time.Since(c.start)))
	}
	if f.fix != "" {
		e.Fix = f.fix
	}
	if f.code == CodeAccessDenied || f.code == CodeKMSAccessDenied {
		e.Action, e.ARN = refused(t, f)
		e.Fix = grant(e)
	}
	return e
}

// sleep is the function sleep, and adds the time to waited.
func (c *caller) sleep(ctx context.Context, d time.Duration) bool {
	start := time.Now()
	defer func() { c.waited += time.Since(start) }()
	return sleep(ctx, d)
}

// sleep waits. It returns false if the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
