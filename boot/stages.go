package boot

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/capability"
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// The stages that a boot and a check share, in order. Those of a boot alone are in prepare.go, those of a check alone in
// check.go, and the reading of the sources in read.go.

// resolving are the stages up to the values.
func resolving(more ...stage) []stage {
	return slices.Concat([]stage{{"profile", (*preparation).choose}}, more, []stage{
		{"sources", (*preparation).read},
		{"parameters", (*preparation).merge},
	})
}

// planning are the stages from the values to the plan. They write nothing.
func planning() []stage {
	return []stage{
		{"facts", (*preparation).facts},
		{"bases", (*preparation).readBases},
		{"render", (*preparation).render},
		{"environment", (*preparation).environment},
		{"plan", (*preparation).planWhole},
		{"exposure", (*preparation).warnExposed},
		{"capabilities", (*preparation).warnCapabilities},
	}
}

// resolve runs the stages up to the values, and more, for a command that starts nothing.
func (b *Boot) resolve(ctx context.Context, more ...stage) (*configgen.Resolved, error) {
	p := b.newPreparation()
	if err := p.through(ctx, append(resolving(), more...)...); err != nil {
		return nil, err
	}
	return p.examined.Resolved, nil
}

// choose does what needs the command line only, so its errors come before any call.
func (p *preparation) choose(context.Context) error {
	if err := p.fault("flags", p.validateWorkingDir()); err != nil {
		return err
	}
	chosen, err := p.chooseProfile()
	if err != nil {
		return p.fault("profile", err)
	}
	p.log.Debug("chose profile", "profile", chosen.Name)
	p.profile, p.record.Profile = chosen, ProfileRecord{chosen.Name, p.options.whyProfile(chosen)}
	p.set, err = configgen.SetLayer(chosen, p.options.Given.Name("set"), p.options.Sources.Set)
	return p.fault("flags", err)
}

// user checks before any call whether tsboot can do what --user takes, and who the owners of the files are.
func (p *preparation) user(context.Context) error {
	if p.profile == nil {
		return nil
	}
	if err := p.fault("profile", p.lookUpOwners()); err != nil {
		return err
	}
	use := supervisor.IdentityUse{Signals: !p.options.Replace, Files: len(p.profile.Files) > 0}
	return p.fault("flags", supervisor.CheckIdentity(p.options.Process.Identity, use))
}

// lookUpOwners finds the users and groups that own files of the profile.
func (p *preparation) lookUpOwners() error {
	p.owners = map[string]fileset.Owner{}
	var unknown []configgen.Problem
	for _, file := range p.profile.Files {
		if file.Owner.Text == "" {
			continue
		}
		identity, err := supervisor.LookupIdentity(file.Owner.Text)
		if err != nil {
			unknown = append(unknown, configgen.Problem{Code: "profile-invalid", Pos: file.Owner.Pos, What: fmt.Sprintf("owner: %v", err)})
			continue
		}
		p.owners[file.Owner.Text] = fileset.Owner{UID: identity.UID, GID: identity.GID}
	}
	return profile.AsError(configgen.Usage, unknown)
}

// merge lays the sources, the environment and --set over each other, and checks the values by the rules of the profile. Without a
// profile it lists what the sources have.
func (p *preparation) merge(context.Context) error {
	chosen := p.profile
	if chosen == nil {
		chosen, _ = profile.Builtin(ProfileExec)
	}
	environment := configgen.EnvLayer(chosen, p.environ, p.variables...)
	p.examined = configgen.Examine(chosen, slices.Concat(p.layers, []secrets.Layer{environment, p.set}), p.variables...)
	p.examined.Resolved.SetOwners(p.owners)
	if p.unread {
		p.examined.SomeUnread()
	}
	p.incomplete = p.profile == nil || p.unread || !p.examined.Whole()
	if err := p.fault("parameters", p.examined.Err()); err != nil {
		return err
	}
	p.recordParameters()
	return nil
}

func (p *preparation) recordParameters() {
	p.logOverridden()
	for _, found := range p.examined.Parameters {
		row := parameterRecord(found.Name, found.State, found.Secret, found.Given)
		row.Trimmed = found.Trimmed
		for _, loser := range found.Overridden {
			row.Overridden = append(row.Overridden, OverrideRecord{loser.FullName, loser.Origin})
		}
		if found.Trimmed {
			p.warn(whiteSpace(found.Name, found.Given))
		}
		p.record.Parameters = append(p.record.Parameters, row)
	}
	for _, v := range p.variables {
		p.record.Parameters = append(p.record.Parameters, parameterRecord(v.Name, configgen.ParameterFound, v.Secret(), v))
	}
	p.logParameters()
}

func parameterRecord(name, state string, secret bool, given secrets.Parameter) ParameterRecord {
	return ParameterRecord{
		Name: name, State: state, Secret: secret, FullName: given.FullName, Source: given.Origin,
		Type: given.Type, Version: given.Version, LastModified: given.LastModified,
	}
}

func (p *preparation) logOverridden() {
	for _, o := range p.examined.Resolved.Overridden {
		p.log.Info("parameter overridden", "name", o.Name, "by", source(o.Winner), "over", source(o.Loser))
	}
}

func (p *preparation) logParameters() {
	resolved := p.examined.Resolved
	for _, unknown := range resolved.Unknown {
		p.log.Info("parameter not read by the profile", "name", unknown.Name, "source", source(unknown))
	}
	for _, given := range resolved.Parameters() {
		p.log.Debug("parameter", "name", given.Name, "source", source(given), "parameter_version", given.Version)
	}
}

// readBases reads the vendor's files that files of the profile are laid over.
func (p *preparation) readBases(context.Context) error {
	resolved := p.examined.Resolved
	if names := resolved.Bases(); len(names) > 0 {
		defer p.readingBases(names)()
	}
	return p.fault("files", resolved.ReadBases())
}

// render fills in the files.
func (p *preparation) render(context.Context) error {
	if p.profile == nil {
		return nil
	}
	var err error
	p.files, err = p.examined.Render()
	return p.fault("files", err)
}

// environment makes the environment of the commands.
func (p *preparation) environment(context.Context) error {
	if p.incomplete {
		return nil
	}
	resolved := p.examined.Resolved
	environment, err := resolved.Environment(withVariables(p.environ, p.variables), p.options.Environment)
	if err != nil {
		return p.fault("environment", err)
	}
	p.noteEnvironment(environment)
	p.env = withHome(environment.Env, p.options.Process.Identity)
	p.planner = &planner{
		options: &p.options, resolved: resolved, identity: p.options.Process.Identity, env: p.env, from: origins(environment, p.variables),
	}
	return nil
}

func (p *preparation) noteEnvironment(e *configgen.Environment) {
	for _, name := range e.Replaced {
		p.log.Info("parameter replaces variable", "name", name)
	}
	for _, name := range e.Preferred {
		p.log.Info("variable preferred to parameter", "name", name)
	}
	for _, name := range e.Dangerous {
		p.warn(dangerousVariable(name))
	}
	for _, name := range e.Odd {
		p.log.Warn("variable cannot be named by a shell", "name", name)
	}
	p.log.Debug("variables withheld", "names", append([]string{}, e.Withheld...)) // an empty list in JSON, not null
}

// planWhole finds what is wrong with the plan, with every step of the setup, before a file is written.
func (p *preparation) planWhole(context.Context) error {
	if p.planner == nil {
		return nil
	}
	var err error
	p.whole, err = p.planner.whole()
	return p.fault("profile", err)
}

func (p *preparation) warnExposed(context.Context) error {
	for _, f := range p.files {
		if len(f.Exposed) > 0 {
			p.warn(secretReadable(f.Rendered))
		}
	}
	return nil
}

// warnCapabilities looks whether the agent can have what its profile says it needs. What the kernel does not tell is not
// said.
func (p *preparation) warnCapabilities(context.Context) error {
	if p.profile == nil {
		return nil
	}
	bounding, err := capability.Bounding()
	if err != nil {
		return nil
	}
	needed := p.profile.Capabilities
	gone := bounding.Lacks(needed)
	if len(gone) > 0 {
		p.warn(capabilitiesMissing(gone, "not among those of the container"))
	}
	uid := os.Geteuid()
	if identity := p.options.Process.Identity; identity != nil {
		uid = identity.UID
	}
	ambient, err := capability.Ambient()
	if uid == 0 || err != nil {
		return nil
	}
	needed = slices.DeleteFunc(ambient.Lacks(needed), func(name string) bool { return slices.Contains(gone, name) })
	if len(needed) > 0 {
		p.warn(capabilitiesMissing(needed, fmt.Sprintf("not among those of uid %d, as which it runs, unless its file gives it more (setcap)", uid)))
	}
	return nil
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
