package boot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// prepared is what the process that stays needs once files are written. It may hold secrets: it crosses a pipe and is
// never logged.
type prepared struct {
	Plan      supervisor.Plan
	Changed   bool               // a file was written
	Existing  bool               // the plan runs on the files of an earlier boot, because of an outage
	Pending   string             // the mark that setup is due, to be cleared when it is done
	Runs      generation         // what the agent of this plan runs on
	OnRefresh supervisor.Refresh // what a change means for the running agent
	Places    map[string]string  // where in the profile its commands stand, see planner.places
}

// resolution is a profile with its values, and the environment they came with.
type resolution struct {
	*configgen.Resolved
	environ   []string            // of tsboot, with the references of --resolve-env resolved
	variables []secrets.Parameter // the resolved references
}

// prepare does everything of a boot that comes before the first command: fetch, merge, validate, render, write. It writes
// nothing before all checks have passed.
func (b *Boot) prepare(ctx context.Context) (*prepared, error) {
	resolved, err := b.resolve(ctx, b.mayRunAsUser)
	if unavailable(err) && b.options.Sources.OnFailure == UseExistingOnFailure {
		return b.prepareExisting(err)
	}
	if err != nil {
		return nil, err
	}
	files, err := resolved.Render()
	if err != nil {
		return nil, err
	}
	planner, err := b.planner(resolved)
	if err != nil {
		return nil, err
	}
	whole, err := planner.whole()
	if err != nil {
		return nil, err
	}
	b.logExposed(files)
	applied, err := b.apply(resolved, files, planner.identity)
	b.logApplied(applied)
	if err != nil {
		return nil, err
	}
	p, err := planner.plan(b.log, applied)
	if err != nil {
		return nil, err
	}
	p.Runs = newGeneration(b.digestKey, files, owner(planner.identity), &whole.Plan)
	return p, nil
}

// resolve chooses the profile, reads the sources and merges them. The checks run before any call.
func (b *Boot) resolve(ctx context.Context, checks ...func(*configgen.Profile) error) (*resolution, error) {
	profile, set, err := b.profileAndSet()
	if err != nil {
		return nil, err
	}
	for _, check := range checks {
		if err := check(profile); err != nil {
			return nil, err
		}
	}
	fetched, err := b.fetch(ctx, profile)
	if err != nil {
		return nil, err
	}
	environment := profile.EnvLayer(b.environ, fetched.Variables...)
	resolved, err := profile.Resolve(slices.Concat(fetched.Layers, []secrets.Layer{environment, set}), fetched.Variables...)
	if err != nil {
		return nil, err
	}
	b.logResolved(resolved)
	return &resolution{resolved, withVariables(b.environ, fetched.Variables), fetched.Variables}, nil
}

// apply writes the files.
func (b *Boot) apply(resolved *resolution, files []configgen.Rendered, identity *supervisor.Identity) (configgen.Applied, error) {
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = file.Path
	}
	defer b.writingFiles(paths)()
	return resolved.Apply(files, owner(identity))
}

// profileAndSet does what needs the command line only, so its errors come before any call.
func (b *Boot) profileAndSet() (*configgen.Profile, secrets.Layer, error) {
	if err := b.validateWorkingDir(); err != nil {
		return nil, secrets.Layer{}, err
	}
	profile, err := b.chooseProfile()
	if err != nil {
		return nil, secrets.Layer{}, err
	}
	b.log.Debug("chose profile", "profile", profile.Name)
	set, err := profile.SetLayer(b.options.Given.Name("set"), b.options.Sources.Set)
	return profile, set, err
}

// planner collects what a plan is made of.
func (b *Boot) planner(resolved *resolution) (*planner, error) {
	environment, err := resolved.Environment(resolved.environ, b.options.Environment)
	if err != nil {
		return nil, err
	}
	b.logEnvironment(environment)
	identity := b.options.Process.Identity
	env := withHome(environment.Env, identity)
	return &planner{options: &b.options, resolved: resolved.Resolved, identity: identity, env: env, from: origins(environment, resolved.variables)}, nil
}

// origins says, for each variable that tsboot has set, what gave its value.
func origins(environment *configgen.Environment, variables []secrets.Parameter) map[string]string {
	from := make(map[string]string, len(variables)+len(environment.From))
	for _, p := range variables {
		from[p.Name] = p.FullName
	}
	maps.Copy(from, environment.From)
	return from
}

// withHome replaces HOME by the home of --user: a program would otherwise look in a directory that it may not read.
func withHome(env []string, identity *supervisor.Identity) []string {
	if identity == nil {
		return env
	}
	env = slices.Clone(env)
	for i, entry := range env {
		if strings.HasPrefix(entry, "HOME=") {
			env[i] = "HOME=" + identity.Home
		}
	}
	return env
}

// prepareExisting is --on-fetch-failure use-existing: the agent runs on the whole files of an earlier boot until Parameter
// Store can be read again. Where a file is missing, or a command needs a value that only Parameter Store has, the outage
// is the error.
func (b *Boot) prepareExisting(outage error) (*prepared, error) {
	profile, set, err := b.profileAndSet()
	if err != nil {
		return nil, err
	}
	if err := b.unresolved(); err != nil {
		return nil, fmt.Errorf("%w; and the files of an earlier boot cannot be used: %w", outage, err)
	}
	existing, err := profile.ResolveExisting([]secrets.Layer{profile.EnvLayer(b.environ), set})
	if err != nil {
		return nil, fmt.Errorf("%w; and the files of an earlier boot cannot be used: %w", outage, err)
	}
	applied, err := existing.Existing(owner(b.options.Process.Identity))
	if err != nil {
		return nil, fmt.Errorf("%w; and the files of an earlier boot cannot be used: %w", outage, err)
	}
	planner, err := b.planner(&resolution{existing, b.environ, nil})
	if err != nil {
		return nil, err
	}
	p, err := planner.plan(b.log, applied)
	if err != nil {
		return nil, fmt.Errorf("%w; and the files of an earlier boot cannot be used: %w", outage, err)
	}
	if err := p.locate(planner.checkSizes(&p.Plan)); err != nil {
		return nil, err
	}
	b.log.Warn("running on the files of an earlier boot", "files", applied.Unchanged, "error", outage)
	p.Existing, p.Plan.Refreshed = true, true
	p.Runs = newGeneration(b.digestKey, nil, nil, &p.Plan)
	p.Runs.Files, p.Runs.Setup = nil, nil // not known: nothing was rendered, and some steps may be left out
	return p, nil
}

// mayRunAsUser tells before the fetch whether tsboot can do what --user takes.
func (b *Boot) mayRunAsUser(profile *configgen.Profile) error {
	return supervisor.CheckIdentity(b.options.Process.Identity, supervisor.IdentityUse{Signals: !b.options.Replace, Files: len(profile.Files) > 0})
}

func owner(identity *supervisor.Identity) *configgen.Owner {
	if identity == nil {
		return nil
	}
	return &configgen.Owner{UID: identity.UID, GID: identity.GID}
}
