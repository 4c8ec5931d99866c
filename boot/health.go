package boot

import (
	"context"

	"github.com/tsboot/tsboot/control"
)

// Health runs the profile's health command, where it has one, and says whether the agent is well. Without an agent that
// runs it says at what the boot is.
func (b *Boot) Health(ctx context.Context) control.HealthAnswer {
	sup := b.sup.Load()
	if sup == nil {
		return control.HealthAnswer{Reason: "the agent is not running: tsboot starts"}
	}
	if err := sup.CheckHealth(ctx); err != nil {
		return control.HealthAnswer{Reason: err.Error()}
	}
	return control.HealthAnswer{Healthy: true, Reason: "the agent runs"}
}
