package boot

import (
	"context"
	"runtime"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/supervisor"
)

// The wait between two tries to leave an outage behind is as long as the fetch itself was given, within these.
const (
	minOutageWait = time.Second
	maxOutageWait = 30 * time.Second
)

// refresher prepares the boot again when the profile's refresh signal comes, and, while the agent runs on the files of
// an earlier boot, again and again until Parameter Store is back. It has the supervisor act when what the agent would
// run on differs from what it runs on. What goes wrong is logged: the agent that runs is worth more than a new config.
type refresher struct {
	boot    *Boot
	sup     *supervisor.Supervisor
	running generation // what the agent runs on: not what is on disk, where a refresh that failed leaves its files
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

// due waits for a reason to refresh; false: there will be none any more.
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

// refresh writes no file before the supervisor can take what follows from it.
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

// apply has the agent run on p, if it does not already. Only then p is what it runs on: what failed differs from that
// and is tried again at the next refresh.
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
