package boot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// activity lists what is being done now that may hang and does not end with its context: a read of a pipe that nobody
// writes to, or of a file of a dead network file system. The message about a hang names it.
type activity struct {
	mu      sync.Mutex
	doing   []string
	since   time.Time        // of the first of them
	changed func(now string) // called at each change; nil: not called
}

// begin adds what begins; done removes it.
func (a *activity) begin(what string) (done func()) {
	a.change(func() { a.doing = append(a.doing, what) })
	return func() {
		a.change(func() {
			if i := slices.Index(a.doing, what); i >= 0 {
				a.doing = slices.Delete(a.doing, i, i+1)
			}
		})
	}
}

func (a *activity) change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	idle := len(a.doing) == 0
	if f(); idle {
		a.since = time.Now()
	}
	if a.changed != nil {
		a.changed(joinAnd(a.doing))
	}
}

func (a *activity) now() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return joinAnd(a.doing)
}

// longest is now, and since when something has been done without a break.
func (a *activity) longest() (doing string, since time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return joinAnd(a.doing), a.since
}

// hangMargin is added to the deadline of the fetch. The fetch keeps its deadline itself, and its error says more: work is
// given up only when that error does not come.
const hangMargin = 2 * time.Second

// stopMargin is how long work may take to stop when it was asked to.
const stopMargin = 30 * time.Millisecond

// hangLimit is when to give up what hangs; 0: never.
func hangLimit(timeout time.Duration) time.Duration {
	if timeout <= 0 {
		return 0
	}
	return timeout + hangMargin
}

// withLimit is a context that ends after the limit, if there is one, with errHangs as its cause.
func withLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, errHangs)
}

// hangError says that work has not kept its deadline, and what it was doing.
func (b *Boot) hangError(timeout time.Duration, doing string) error {
	if doing == "" {
		doing = "its start"
	}
	text := fmt.Sprintf("no result within %s (%s and %s more); still at: %s. A pipe that nobody writes to, a dead network "+
		"file system or a stopped process hangs like this: look at what is named here", hangLimit(timeout), b.options.Given.Name("fetch-timeout"), hangMargin, doing)
	return ownError(Unavailable, codeHangs, text)
}

// bounded runs the work of a command that keeps no agent, in this process. A signal or the deadline ends it, even where
// the work hangs: its goroutine is left behind and ends with the process.
func (b *Boot) bounded(parent context.Context, timeout time.Duration, work func(context.Context) error) error {
	ctx, stop := b.interruptible(parent, timeout)
	defer stop()
	limit, cancel := withLimit(ctx, hangLimit(timeout))
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- work(ctx) }()
	select {
	case err := <-done:
		return err
	case <-limit.Done():
	}
	if ctx.Err() == nil {
		return b.hangError(timeout, b.activity.now())
	}
	margin := time.NewTimer(stopMargin)
	defer margin.Stop()
	select {
	case err := <-done:
		return err
	case <-margin.C:
		return context.Cause(ctx)
	}
}

// readingProfile adds the search for the profile to the activity: its file, or what it is detected by.
func (b *Boot) readingProfile() (done func()) {
	if b.options.Profile == ProfileAuto {
		return b.activity.begin("looking for an installed agent (" + b.options.Given.Name("profile") + " auto)")
	}
	return b.activity.begin(fmt.Sprintf("reading the profile %q", b.options.Profile))
}

// readingBases adds the reading of the bases of files to the activity.
func (b *Boot) readingBases(paths []string) (done func()) {
	return b.activity.begin("reading " + strings.Join(paths, ", "))
}

// writingFiles adds the writing of files to the activity.
func (b *Boot) writingFiles(paths []string) (done func()) {
	return b.activity.begin("writing the files " + strings.Join(paths, ", "))
}
