package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// prepared is all that the supervising process needs once files are written. It may hold secrets and crosses
// a pipe, never a log.
type prepared struct {
	Plan      supervisor.Plan
	Changed   bool               // a file was written
	Pending   string             // the mark that setup is due, to be cleared when it is done
	OnRefresh supervisor.Refresh // what a change means for the running agent
}

// prepare does all of the boot that comes before the first command: fetch, merge, validate, render, write.
// Nothing is written before everything was found right.
func (a *app) prepare(ctx context.Context) (*prepared, error) {
	resolved, err := a.resolve(ctx)
	if err != nil {
		return nil, err
	}
	files, err := resolved.Render()
	if err != nil {
		return nil, err
	}
	environment, err := resolved.Environment(a.environ, a.settings.environment())
	if err != nil {
		return nil, err
	}
	a.logEnvironment(environment)
	identity, err := a.settings.identity()
	if err != nil {
		return nil, err
	}
	planner := &planner{settings: &a.settings, resolved: resolved, identity: identity, env: environment.Env}
	if err := planner.check(); err != nil {
		return nil, err
	}
	applied, err := resolved.Apply(files, owner(identity))
	a.logApplied(applied)
	if err != nil {
		return nil, err
	}
	return planner.plan(a.log, applied)
}

// resolve chooses the profile, reads every source and lays them over each other.
func (a *app) resolve(ctx context.Context) (*configgen.Resolved, error) {
	if err := a.settings.validate(); err != nil {
		return nil, err
	}
	profile, err := a.settings.chooseProfile()
	if err != nil {
		return nil, err
	}
	a.log.Debug("chose profile", "profile", profile.Name)
	set, err := profile.SetLayer(a.settings.set)
	if err != nil {
		return nil, err
	}
	fetched, err := a.fetch(ctx, profile)
	if err != nil {
		return nil, err
	}
	resolved, err := profile.Resolve(slices.Concat(fetched, []secrets.Layer{profile.EnvLayer(a.environ), set}))
	if err != nil {
		return nil, err
	}
	a.logResolved(resolved)
	return resolved, nil
}

// fetch reads the sources outside of this machine; with none it makes no call.
func (a *app) fetch(ctx context.Context, profile *configgen.Profile) ([]secrets.Layer, error) {
	request := a.settings.request(profile)
	if len(request.Paths) == 0 {
		return nil, nil
	}
	fetched, err := secrets.Fetch(ctx, secrets.Options{
		Region:  a.settings.region,
		Timeout: a.settings.fetchTimeout,
		Logger:  a.log,
		Version: version,
		Environ: a.environ,
	}, request)
	if err != nil {
		return nil, err
	}
	count := 0
	for _, layer := range fetched.Layers {
		count += len(layer.Parameters)
	}
	a.log.Info("fetched parameters", "count", count, "calls", fetched.Calls, "elapsed", fetched.Elapsed,
		"region", fetched.Region, "region_source", fetched.RegionSource)
	return fetched.Layers, nil
}

func (s *settings) request(*configgen.Profile) secrets.Request {
	return secrets.Request{Paths: s.ssmPaths}
}

func (s *settings) environment() configgen.EnvOptions {
	return configgen.EnvOptions{
		Pass: s.passEnv, Prefer: s.preferEnv, Allow: s.allowEnv, Pristine: s.pristine, Strict: s.strict,
	}
}

func (s *settings) identity() (*supervisor.Identity, error) {
	if s.user == "" {
		return nil, nil
	}
	identity, err := supervisor.LookupIdentity(s.user)
	if err != nil {
		return nil, usagef("--user: %w", err)
	}
	return identity, nil
}

func owner(identity *supervisor.Identity) *configgen.Owner {
	if identity == nil {
		return nil
	}
	return &configgen.Owner{UID: identity.UID, GID: identity.GID}
}

// logResolved says what an operator may wonder about: names and sources, never a value.
func (a *app) logResolved(r *configgen.Resolved) {
	for _, o := range r.Overridden {
		a.log.Info("parameter overridden", "name", o.Name, "by", source(o.Winner), "over", source(o.Loser))
	}
	for _, p := range r.Trimmed {
		a.log.Warn("white space around a value removed", "name", p.Name, "source", source(p))
	}
	for _, p := range r.Unknown {
		a.log.Info("parameter not read by the profile", "name", p.Name, "source", source(p))
	}
	for _, p := range r.Parameters() {
		a.log.Debug("parameter", "name", p.Name, "source", source(p), "version", p.Version)
	}
}

func source(p secrets.Parameter) string {
	return fmt.Sprintf("%s %s", p.Origin, p.FullName)
}

func (a *app) logEnvironment(e *configgen.Environment) {
	for _, name := range e.Replaced {
		a.log.Info("parameter replaces variable", "name", name)
	}
	for _, name := range e.Preferred {
		a.log.Info("variable preferred to parameter", "name", name)
	}
	for _, name := range e.Dangerous {
		a.log.Warn("parameter not exported: its variable changes how programs load (see --allow-env)", "name", name)
	}
	for _, name := range e.Odd {
		a.log.Warn("variable cannot be named by a shell", "name", name)
	}
	a.log.Debug("variables withheld", "names", e.Withheld)
}

func (a *app) logApplied(applied configgen.Applied) {
	for _, path := range applied.Changed {
		a.log.Info("wrote file", "path", path)
	}
	for _, path := range applied.Unchanged {
		a.log.Info("file unchanged", "path", path)
	}
}
