package boot

import (
	"context"
	"time"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// read reads the sources outside of this process. With none it does nothing.
func (p *preparation) read(ctx context.Context) error {
	chosen := p.profile
	if chosen == nil {
		chosen = &profile.Profile{}
	}
	sources, err := p.namedSources(chosen)
	if p.invalid.Sources != nil || p.profile == nil && p.options.Sources.Fetch == FetchByName { // already a fault
		p.unread = true
		return nil
	}
	if err != nil {
		p.unread = true
		return p.fault("sources", err)
	}
	for _, name := range p.nearReferences() {
		p.warn(nearReference(name))
	}
	p.askIdentity(ctx)
	if len(sources) == 0 {
		return nil
	}
	readAll := p.fetch
	if p.check {
		readAll = p.survey
	}
	if err := readAll(ctx, sources); err != nil {
		return err
	}
	return p.fault("sources", checkVariables(p.variables))
}

// fetch is the read of a boot: one source after the other, within one deadline.
func (p *preparation) fetch(ctx context.Context, sources []ssm.Source) error {
	options := p.fetchOptions()
	options.Metadata = p.metadata
	if p.against != nil {
		options.Splay = 0 // the interval of refreshes has its own
	}
	fetched, err := ssm.Fetch(ctx, options, sources)
	p.record.Calls, p.record.Retries, p.record.Waited = fetched.Calls, fetched.Retries, fetched.Waited
	p.located(fetched.Region, fetched.RegionSource, fetched.Identity, "")
	if err != nil {
		return p.options.Given.blameDir(err)
	}
	p.layers, p.variables = fetched.Layers, fetched.Variables
	for _, reading := range fetched.Sources {
		if err := p.sourceRead(reading); err != nil {
			return err
		}
	}
	p.logFetched(fetched.Elapsed)
	return nil
}

func (p *preparation) logFetched(elapsed time.Duration) {
	r, count := &p.record, 0
	for _, source := range r.Sources {
		count += source.Parameters
	}
	details := []any{"count", count, "calls", r.Calls, "elapsed", elapsed.Round(time.Millisecond).String()}
	if r.Region.Name != "" {
		details = append(details, "region", r.Region.Name, "region_source", r.Region.Source)
	}
	if r.Identity.Provider != "" {
		details = append(details, "credentials", r.Identity.Provider)
	}
	p.log.Info("fetched parameters", details...)
}

// survey is the read of a check: each source by itself, all at the same time, so that one that fails hides none.
func (p *preparation) survey(ctx context.Context, sources []ssm.Source) error {
	options := p.fetchOptions()
	options.Timeout = p.checkTimeout()
	survey := ssm.LookAt(ctx, options, sources)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.located(survey.Region, survey.RegionSource, survey.Identity, survey.Unnamed)
	if err := p.fault("sources", survey.Err); err != nil {
		return err
	}
	if survey.Err != nil {
		p.problems[len(p.problems)-1].Concerns = notAsked(survey.Sources)
	}
	for _, reading := range survey.Sources {
		if err := p.sourceRead(reading); err != nil {
			return err
		}
		p.record.Retries += reading.Retries
	}
	var err error
	p.layers, err = survey.Layers()
	p.variables = survey.Variables()
	return p.fault("sources", err)
}

// located notes the region and identity of the calls.
func (p *preparation) located(region, source string, identity *ssm.Identity, note string) {
	if region != "" {
		p.record.Region = RegionRecord{region, source}
	}
	if identity == nil {
		return
	}
	p.record.Identity = IdentityRecord{identity.ARN, identity.Account, identity.Provider, note}
	if identity.InstanceInTask {
		p.warn(instanceRole())
	}
}

// sourceRead notes what came of the read of a source.
func (p *preparation) sourceRead(reading ssm.Reading) error {
	row := SourceRecord{
		Kind: string(reading.Kind()), Name: reading.Name(), State: SourceRead, Parameters: len(reading.Parameters), Retries: reading.Retries,
	}
	switch {
	case !reading.Asked:
		row.State, p.unread = SourceNotAsked, true
	case reading.Err != nil:
		row.State, p.unread = SourceFailed, true
		if err := p.fault("sources", p.options.Given.blameDir(reading.Err)); err != nil {
			return err
		}
		problem := &p.problems[len(p.problems)-1]
		row.Code = problem.Code
		problem.Cause.About = nameOf(reading) + problem.Cause.refusal()
		p.explainKMS(problem, reading)
	}
	for _, d := range reading.Dangling {
		p.warn(danglingLink(d))
	}
	p.record.Sources = append(p.record.Sources, row)
	return nil
}

// nameOf is a source as a list names it.
func nameOf(source ssm.Source) string { return string(source.Kind()) + " " + source.Name() }

// notAsked are the sources that nobody was asked for.
func notAsked(readings []ssm.Reading) []Concern {
	var list []Concern
	for _, reading := range readings {
		if !reading.Asked {
			list = append(list, Concern{Section: "sources", Name: nameOf(reading), What: nameOf(reading) + " was not asked for"})
		}
	}
	return list
}
