package boot

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/supervisor"
)

// In an outage tsboot tries again after a wait that is as long as the timeout of the fetch, within these limits.
const (
	minOutageWait = time.Second
	maxOutageWait = 30 * time.Second
)

// refresher prepares the boot again: at an interval, at the profile's refresh signal, when somebody asks, and repeatedly
// while the agent runs on the files of an earlier boot. Where the result differs from what the agent runs on, the supervisor
// tries it out. An error is logged and changes nothing: the agent goes on.
type refresher struct {
	boot    *Boot
	sup     *supervisor.Supervisor
	running generation
	refused *refusal // nil: what was tried last was kept
	outage  bool     // the agent runs on the files of an earlier boot
	next    time.Time
}

// refusal is a generation that was rolled back. It is not tried again.
type refusal struct {
	generation generation
	why        string   // for the one who asks
	what       []string // it brought
}

func (r *refusal) String() string { return r.why + " (" + joinAnd(r.what) + ")" }

// run ends soon after ctx has.
func (r *refresher) run(ctx context.Context) {
	defer r.boot.queue.end()
	r.boot.refreshes.change(r.schedule)
	for r.due(ctx) {
		waiting := r.boot.queue.take()
		answer := r.refresh(ctx)
		r.note(answer)
		answerAll(waiting, answer)
		debug.FreeOSMemory() // overwrites what the worker answered: it may hold secrets; and gives the memory back
	}
}

// schedule sets when the next refresh is due that nobody asks for.
func (r *refresher) schedule(s *refreshState) {
	s.Next = time.Time{}
	if wait, ok := r.wait(); ok {
		s.Next = time.Now().Add(wait)
	}
	r.next = s.Next
}

// due waits until a refresh is due; false: the boot has ended. While one runs, no next one is planned.
func (r *refresher) due(ctx context.Context) bool {
	var again <-chan time.Time
	if !r.next.IsZero() {
		timer := time.NewTimer(time.Until(r.next))
		defer timer.Stop()
		again = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-r.sup.Refreshes():
	case <-r.boot.queue.wake:
	case <-again:
	}
	r.boot.refreshes.change(func(s *refreshState) { s.Next = time.Time{} })
	return true
}

// wait is how long to wait for the next refresh that nobody asks for; false: there is none.
func (r *refresher) wait() (time.Duration, bool) {
	every, timeout := r.boot.options.Refresh.Every, r.boot.options.Sources.Timeout
	if r.outage {
		retry := min(max(timeout, minOutageWait), maxOutageWait)
		if every == 0 || retry < every {
			every = retry
		}
	}
	return jittered(every), every > 0
}

// jittered changes a wait by up to a tenth, so that a fleet does not ask as one.
func jittered(wait time.Duration) time.Duration {
	wait = min(wait, 1<<62) // 146 years: a little more than the longest duration would be less than none
	return wait - wait/10 + rand.N(wait/5+1)
}

// refresh waits until the supervisor can act on a refresh before it writes any file.
func (r *refresher) refresh(ctx context.Context) control.RefreshAnswer {
	if !r.boot.options.needsWorker() { // nothing is read that could change
		return r.unchanged()
	}
	if err := r.sup.Refreshable(ctx); err != nil {
		return r.failed(ctx, err)
	}
	compareWith := &against{Running: r.running}
	if r.refused != nil {
		compareWith.Refused = &r.refused.generation
	}
	since := time.Now()
	p, err := r.boot.prepareBoot(ctx, r.sup, compareWith)
	if err != nil {
		return r.failed(ctx, err)
	}
	r.outage = false
	switch p.Compared.Verdict {
	case isUnchanged: // a version may be new, with the same value
		r.running = p.Runs
		r.boot.runs.renew(runningOf(p.Record))
		return r.unchanged(p.changes()...)
	case isRefused:
		r.boot.log.Warn("refresh skipped", "reason", r.refused.String())
		return control.RefreshAnswer{Outcome: control.Refused, Changed: p.changes(), Text: r.refused.why}
	}
	return r.try(ctx, p, since)
}

// failed is the answer to a refresh that could not be made. Nothing has changed. At the end of all, which the agent's own
// may be, the worker is stopped with what the agent has left behind.
func (r *refresher) failed(ctx context.Context, err error) control.RefreshAnswer {
	if ctx.Err() != nil || r.boot.snapshot().Phase == phaseStopping {
		return answerEnded()
	}
	text := LogFaults(r.boot.log, hclog.Warn, FaultsOf(err))
	r.boot.log.Warn("refresh failed", "error", text, "code", CodeOf(err))
	return control.RefreshAnswer{Outcome: control.Failed, Kind: string(KindOf(err)), Text: text}
}

func (r *refresher) unchanged(versions ...string) control.RefreshAnswer {
	r.refused = nil
	r.boot.log.Info("refreshed", "changed", false)
	return control.RefreshAnswer{Outcome: control.Unchanged, Changed: append([]string{}, versions...), Text: "nothing that the agent runs on has changed"}
}

// note keeps what status says of the last refresh. That something was rolled back stays until it has changed.
func (r *refresher) note(answer control.RefreshAnswer) {
	var errs []string
	if r.refused != nil {
		errs = append(errs, r.refused.String())
	}
	if answer.Outcome == control.Failed {
		errs = append(errs, answer.Text)
	}
	r.boot.refreshes.change(func(s *refreshState) {
		r.schedule(s)
		s.Last, s.LastError = time.Now(), strings.Join(errs, "; and the last refresh failed: ")
		s.Refreshes++
		if answer.Outcome == control.RolledBack {
			s.Rollbacks++
		}
	})
}

// changes is what differs, one thing each: parameters with their versions, and files.
func (p *prepared) changes() []string {
	list := []string{}
	for _, c := range p.Compared.Changes {
		list = append(list, c.String())
	}
	for _, path := range p.Wrote {
		list = append(list, "file "+path)
	}
	for _, path := range p.Removed {
		list = append(list, "file "+path+" (gone)")
	}
	return list
}

func (c versionChange) String() string {
	switch {
	case c.Gone:
		return "parameter " + c.Name + " (gone)"
	case c.Old != 0 && c.New == c.Old: // of another source, or deleted and stored again
		return fmt.Sprintf("parameter %s (another version %d)", c.Name, c.New)
	case c.Old != 0 && c.New != 0:
		return fmt.Sprintf("parameter %s (version %d instead of %d)", c.Name, c.New, c.Old)
	case c.New != 0:
		return fmt.Sprintf("parameter %s (version %d)", c.Name, c.New)
	}
	return "parameter " + c.Name
}
