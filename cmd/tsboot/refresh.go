package main

import (
	"context"
	"time"

	"github.com/tsboot/tsboot/supervisor"
)

// The wait between two tries to leave an outage behind is as long as the fetch itself was given, within these.
const (
	minOutageWait = time.Second
	maxOutageWait = 30 * time.Second
)

// refresh prepares the boot again when the profile's refresh signal comes, and, while the agent runs on the files of
// an earlier boot, again and again until Parameter Store is back. It has the supervisor act when a file changed.
// What goes wrong is logged: the agent that runs is worth more than a new config.
func (a *app) refresh(ctx context.Context, sup *supervisor.Supervisor, outage bool) {
	for {
		if !a.refreshDue(ctx, sup, outage) {
			return
		}
		p, err := a.prepareBoot(ctx, sup)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			a.log.Warn("refresh failed", "error", err)
		case p.Existing:
			outage = true
		default:
			outage = false
			a.applyRefresh(ctx, sup, p)
		}
	}
}

// refreshDue waits for a reason to refresh; false: there will be none any more.
func (a *app) refreshDue(ctx context.Context, sup *supervisor.Supervisor, outage bool) bool {
	var again <-chan time.Time
	if outage {
		timer := time.NewTimer(min(max(a.settings.fetchTimeout, minOutageWait), maxOutageWait))
		defer timer.Stop()
		again = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-sup.Refreshes():
	case <-again:
	}
	return true
}

func (a *app) applyRefresh(ctx context.Context, sup *supervisor.Supervisor, p *prepared) {
	if !p.Changed {
		a.log.Info("refreshed", "changed", false)
		return
	}
	a.log.Info("refreshed", "changed", true, "action", p.OnRefresh.Action)
	a.pending.Store(&p.Pending)
	p.OnRefresh.Plan = &p.Plan
	if err := sup.Refresh(ctx, p.OnRefresh); err != nil {
		a.log.Warn("refresh failed", "error", err)
	}
}
