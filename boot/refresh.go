package boot

import (
	"context"
	"runtime"
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

// refresher prepares the boot again when the profile's refresh signal comes, and repeatedly while the agent runs on the
// files of an earlier boot. Where the result differs from what the agent runs on, the supervisor acts on it. An error is
// logged and changes nothing: the agent goes on.
type refresher struct {
	boot    *Boot
	sup     *supervisor.Supervisor
	running generation // what the agent runs on; the files on disk may be those of a refresh that failed
	outage  bool
}

func (r *refresher) run(ctx context.Context) {
	defer r.boot.queue.end()
	for r.due(ctx) {
		waiting := r.boot.queue.take()
		answer, err := r.refresh(ctx)
		if err != nil {
			answer = control.RefreshAnswer{Outcome: control.Failed, Kind: string(KindOf(err)), Text: err.Error()}
			if ctx.Err() == nil {
				answer.Text = LogFaults(r.boot.log, hclog.Warn, FaultsOf(err))
				r.boot.log.Warn("refresh failed", "error", answer.Text)
			}
		}
		r.boot.refreshes.change(func(s *refreshState) {
			s.Last, s.LastError = time.Now(), ""
			s.Refreshes++
			if err != nil {
				s.LastError = answer.Text
			}
		})
		answerAll(waiting, answer)
		runtime.GC() // overwrites what the worker answered: it may hold secrets
	}
}

// due waits until a refresh is due; false: the boot has ended.
func (r *refresher) due(ctx context.Context) bool {
	var again <-chan time.Time
	if r.outage {
		timer := time.NewTimer(min(max(r.boot.options.Sources.Timeout, minOutageWait), maxOutageWait))
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
	return true
}

// refresh waits until the supervisor can act on a refresh before it writes any file.
func (r *refresher) refresh(ctx context.Context) (control.RefreshAnswer, error) {
	if err := r.sup.Refreshable(ctx); err != nil {
		return control.RefreshAnswer{}, err
	}
	p, err := r.boot.prepareBoot(ctx, r.sup)
	if err != nil {
		return control.RefreshAnswer{}, err
	}
	r.outage = p.Existing
	if p.Existing {
		return control.RefreshAnswer{Outcome: control.Failed, Kind: string(Unavailable), Text: "an outage: the agent stays on the files of an earlier boot"}, nil
	}
	return r.apply(ctx, p)
}

// apply has the agent run on p where that differs from what it runs on. A refresh that fails is tried again at the next
// one: running stays as it was, so it differs again.
func (r *refresher) apply(ctx context.Context, p *prepared) (control.RefreshAnswer, error) {
	r.running = r.running.found(p.Runs, p.Changed)
	action, changed := r.running.actionFor(p.Runs, p.OnRefresh.Action)
	next := runningOf(p.Record)
	if !changed { // a version may be new, with the same value
		r.boot.runs.keep(next)
		r.boot.log.Info("refreshed", "changed", false)
		return control.RefreshAnswer{Outcome: control.Unchanged, Text: "nothing changed"}, nil
	}
	p.OnRefresh.Action, p.OnRefresh.Plan = action, &p.Plan
	r.boot.notePending(p)
	r.boot.runs.try(next)
	defer r.boot.runs.try(nil)
	trial, err := r.sup.Refresh(ctx, p.OnRefresh)
	if err != nil {
		return control.RefreshAnswer{}, err
	}
	if trial.Err != nil {
		return control.RefreshAnswer{}, trial.Err
	}
	r.running = p.Runs
	r.boot.runs.keep(next)
	r.boot.log.Info("refreshed", "changed", true, "action", action)
	return control.RefreshAnswer{Outcome: control.Kept, Text: "changed"}, nil
}
