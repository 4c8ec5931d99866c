package boot

import (
	"context"
	"time"

	"github.com/tsboot/tsboot/configgen"
)

// minFactTime is given to what is asked for a fact where the fetch has used up the time before the deadline.
const minFactTime = time.Second

// facts asks for the facts that the profile uses, and for no other.
func (p *preparation) facts(ctx context.Context) error {
	if p.profile == nil {
		return nil
	}
	timeout := p.options.Sources.Timeout
	if p.check {
		timeout = p.checkTimeout()
	}
	if timeout > 0 {
		timeout = max(timeout-time.Since(p.start), min(timeout, minFactTime))
	}
	facts, errs := p.askFacts(ctx, p.examined.Resolved, false, timeout)
	p.record.Facts = facts
	for _, err := range errs {
		if err := p.fault("facts", err); err != nil {
			return err
		}
	}
	if p.check {
		p.passOutage(ctx)
	}
	p.incomplete = p.incomplete || !p.examined.Whole()
	return nil
}

// askFacts gives the facts that are needed their values. Each error is about one thing that was asked.
func (p *preparation) askFacts(ctx context.Context, resolved *configgen.Resolved, existing bool, timeout time.Duration) ([]FactRecord, []error) {
	needed := resolved.FactsNeeded(existing, len(p.options.Command) > 0)
	if len(needed) == 0 {
		return nil, nil
	}
	values, errs := p.host().Facts(ctx, timeout, needed)
	resolved.SetFacts(needed, values)
	facts := make([]FactRecord, len(needed))
	for i, name := range needed {
		facts[i] = FactRecord{name, values[name]}
	}
	return facts, errs
}
