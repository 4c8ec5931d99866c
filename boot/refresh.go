package boot

import (
	"context"
	"runtime"
	"time"

	"github.com/hashicorp/go-hclog"

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
	for r.due(ctx) {
		if err := r.refresh(ctx); err != nil && ctx.Err() == nil {
			text := LogFaults(r.boot.log, hclog.Warn, FaultsOf(err))
			r.boot.log.Warn("refresh failed", "error", text)
		}
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
	case <-again:
	}
	return true
}

// refresh waits until the supervisor can act on a refresh before it writes any file.
func (r *refresher) refresh(ctx context.Context) error {
	if err := r.sup.Refreshable(ctx); err != nil {
		return err
	}
	p, err := r.boot.prepareBoot(ctx, r.sup)
	if err != nil {
		return err
	}
	r.outage = p.Existing
	if p.Existing {
		return nil
	}
	return r.apply(ctx, p)
}

// apply has the agent run on p where that differs from what it runs on. A refresh that fails is tried again at the next
// one: running stays as it was, so it differs again.
func (r *refresher) apply(ctx context.Context, p *prepared) error {
	r.running = r.running.found(p.Runs, p.Changed)
	action, changed := r.running.actionFor(p.Runs, p.OnRefresh.Action)
	if !changed {
		r.boot.log.Info("refreshed", "changed", false)
		return nil
	}
	p.OnRefresh.Action, p.OnRefresh.Plan = action, &p.Plan
	r.boot.notePending(p)
	if err := r.sup.Refresh(ctx, p.OnRefresh); err != nil {
		return err
	}
	r.running = p.Runs
	r.boot.log.Info("refreshed", "changed", true, "action", action)
	return nil
}
