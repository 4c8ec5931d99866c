package boot

import (
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// namedSources are what the flags and, with --resolve-env, the environment name. Usage errors come before any call.
func (b *Boot) namedSources(profile *profile.Profile) ([]ssm.Source, error) {
	request, err := b.request(profile)
	if err != nil {
		return nil, err
	}
	return request.Sources()
}

func (b *Boot) request(profile *profile.Profile) (ssm.Request, error) {
	o := &b.options
	request := ssm.Request{
		Paths:  o.Sources.paths(),
		Label:  o.Sources.Label,
		Dirs:   o.Sources.Dirs,
		ByName: o.Sources.Fetch == FetchByName,
	}
	if request.ByName {
		request.Names = profile.Names()
	}
	for _, text := range o.Sources.Parameters {
		ref, err := ssm.ParseRef(text)
		if err != nil {
			return request, o.Given.blame("ssm-parameter", err)
		}
		request.Refs = append(request.Refs, ref)
	}
	if o.Sources.ResolveEnv {
		variables, err := referencesIn(b.environ)
		if err != nil {
			return request, err
		}
		request.Variables = variables
	}
	return request, o.validateRequest(request)
}

// validateRequest finds usage errors before any call. The error names the flag or variable.
func (o *Options) validateRequest(request ssm.Request) error {
	for _, part := range []struct {
		flag    string
		request ssm.Request
	}{
		{"ssm-path", ssm.Request{Paths: request.Paths}},
		{"ssm-label", ssm.Request{Label: request.Label}},
		{"ssm-parameter", ssm.Request{Refs: request.Refs}},
		{"ssm-fetch", request},
	} {
		if err := part.request.Validate(); err != nil {
			return o.Given.blame(part.flag, err)
		}
	}
	return nil
}

// referencesIn finds the variables whose value is ssm://REF.
func referencesIn(environ []string) ([]ssm.Ref, error) {
	var refs []ssm.Ref
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		ref, isRef, err := ssm.ParseEnvRef(value)
		if err != nil {
			return nil, Usagef("variable %s: %w", name, err)
		}
		if isRef && name != "" {
			ref.Name = name
			refs = append(refs, ref)
		}
	}
	return refs, nil
}

// unresolved is an error where --resolve-env has something to read: in an outage the command would get references
// instead of values.
func (b *Boot) unresolved() error {
	if !b.options.Sources.ResolveEnv {
		return nil
	}
	refs, err := referencesIn(b.environ)
	if err == nil && len(refs) > 0 {
		err = fmt.Errorf("variable %s refers to Parameter Store (--resolve-env)", refs[0].Name)
	}
	return err
}

// nearReferences are the variables whose value looks like ssm://REF and is not.
func (b *Boot) nearReferences() (names []string) {
	if !b.options.Sources.ResolveEnv {
		return nil
	}
	for _, entry := range b.environ {
		if name, value, ok := strings.Cut(entry, "="); ok && secrets.NearEnvRef(value) {
			names = append(names, name)
		}
	}
	return names
}

// checkVariables refuses a value that no variable can hold. The message names the variable and its reference.
func checkVariables(variables []secrets.Parameter) error {
	var problems []configgen.Problem
	for _, p := range variables {
		if strings.ContainsRune(p.Value.Reveal(), 0) {
			problems = append(problems, configgen.Problem{
				Code: "value-holds-nul",
				What: fmt.Sprintf("variable %s: the value of %s holds a NUL byte, which no variable can", p.Name, p.FullName),
				Fix:  "store it as text (base64), if the agent reads that",
			})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &configgen.Error{Kind: configgen.Invalid, Problems: problems}
}

func (b *Boot) fetchOptions() ssm.Options {
	options := ssm.Options{
		Region:     b.options.Sources.Region,
		RegionFrom: b.options.Given.Name("region"),
		Timeout:    b.options.Sources.Timeout,
		Splay:      b.options.Sources.Splay,
		Logger:     b.log,
		Version:    b.version,
		Environ:    b.environ,
		Begin:      b.activity.begin,
	}
	if b.display != nil {
		options.Waits = &b.waits
	}
	return options
}

// withVariables replaces the references of --resolve-env by their values.
func withVariables(environ []string, variables []secrets.Parameter) []string {
	values := make(map[string]secrets.Value, len(variables))
	for _, p := range variables {
		values[p.Name] = p.Value
	}
	resolved := make([]string, 0, len(environ))
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if value, ok := values[name]; ok {
			entry = name + "=" + value.Reveal()
		}
		resolved = append(resolved, entry)
	}
	return resolved
}
