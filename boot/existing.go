package boot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/secrets"
)

// --on-fetch-failure use-existing: the agent runs on the whole files of an earlier boot until Parameter Store can be read
// again. Where a file is missing, or a command needs a value that only Parameter Store has, the outage is the error.

// existing says whether the files of an earlier boot can be used, and gives the values without the sources.
func (p *preparation) existing(ctx context.Context) (*configgen.Resolved, fileset.Applied, error) {
	if err := p.unresolved(); err != nil {
		return nil, fileset.Applied{}, err
	}
	resolved, err := configgen.ResolveExisting(p.profile, []secrets.Layer{configgen.EnvLayer(p.profile, p.environ), p.set})
	if err != nil {
		return nil, fileset.Applied{}, err
	}
	resolved.SetOwners(p.owners)
	facts, errs := p.askFacts(ctx, resolved, true, minFactTime)
	if len(errs) > 0 {
		return nil, fileset.Applied{}, errs[0]
	}
	if !p.check {
		p.record.Facts = facts
	}
	applied, err := resolved.Existing(p.owner())
	return resolved, applied, err
}

// useExisting plans with the files of an earlier boot.
func (p *preparation) useExisting(ctx context.Context, outage error) error {
	refused := func(err error) error {
		return fmt.Errorf("%w; and the files of an earlier boot cannot be used: %w", outage, err)
	}
	resolved, applied, err := p.existing(ctx)
	if err != nil {
		return refused(err)
	}
	p.examined = &configgen.Examination{Resolved: resolved}
	if err := p.through(ctx, stage{"environment", (*preparation).environment}); err != nil {
		return err
	}
	plan, err := p.planner.plan(p.log, applied)
	if err != nil {
		return refused(err)
	}
	if err := plan.locate(p.planner.checkSizes(&plan.Plan)); err != nil {
		return err
	}
	p.log.Warn("running on the files of an earlier boot", "files", applied.Unchanged, "error", outage)
	p.recordExisting(applied, outage)
	plan.Outage, plan.Plan.Refreshed = "running on the files of an earlier boot: "+outage.Error(), true
	plan.Runs = newGeneration(p.digestKey, nil, nil, &plan.Plan)
	plan.Runs.Files, plan.Runs.Setup = nil, nil // not known: nothing was rendered, and some steps may be left out
	p.plan = plan
	return nil
}

func (p *preparation) recordExisting(applied fileset.Applied, outage error) {
	p.record.Existing = true
	for i, path := range applied.Unchanged { // every file of the profile, in order
		p.record.Files = append(p.record.Files, FileRecord{Path: path, State: fileset.StateUnchanged, Mode: p.profile.Files[i].Mode, Writable: true})
	}
	p.recordChanges()
	p.record.Parameters = nil
	for _, given := range p.examined.Resolved.Parameters() { // the others are in the files: nobody knows which version
		declared, _ := p.profile.Parameter(given.Name)
		secret := given.Secret() || declared != nil && declared.Secret
		p.record.Parameters = append(p.record.Parameters, parameterRecord(given.Name, configgen.ParameterFound, secret, given))
	}
	for _, problem := range problemsOf(outage) {
		p.record.Warnings = append(p.record.Warnings, passingOutage(problem))
	}
}

// outage is what use-existing means for a check: where the first problem is an outage, and the files are all there, the
// outage does not end a boot.
func (p *preparation) passOutage(ctx context.Context) {
	if p.options.Sources.OnFailure != UseExistingOnFailure || p.profile == nil || len(p.problems) == 0 || p.problems[0].Kind != Unavailable {
		return
	}
	if _, _, err := p.existing(ctx); err != nil {
		p.problems[0].note("; and the files of an earlier boot cannot be used: " + err.Error())
		return
	}
	p.problems = slices.DeleteFunc(p.problems, func(problem Problem) bool {
		if problem.Kind != Unavailable {
			return false
		}
		p.record.Warnings = append(p.record.Warnings, passingOutage(problem))
		return true
	})
}

// passingOutage is an outage that does not end a boot.
func passingOutage(p Problem) Problem {
	p.Kind, p.Section = None, "sources"
	p.note("; until then a boot runs on the files of an earlier one")
	return p
}

// unavailable says whether an error is an outage: parameters could not be had before the deadline. A refusal by AWS is
// not one.
func unavailable(err error) bool {
	var failure *secrets.Error
	return errors.As(err, &failure) && failure.Kind == secrets.Unavailable
}
