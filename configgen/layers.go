package configgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// EnvLayer makes a layer of the variables that the profile declares. An empty
// variable counts as unset. Of several variables of one parameter with the same
// value one counts; Resolve reports different values. variables are those of
// --resolve-env, which replace the references of the environment.
func EnvLayer(p *profile.Profile, environ []string, variables ...secrets.Parameter) secrets.Layer {
	layer := secrets.Layer{Origin: "environment"}
	given := secrets.Variables(environ)
	for _, d := range p.Parameters {
		var taken []string
		for _, name := range d.Env {
			text := given[name]
			if text == "" || len(taken) > 0 && taken[0] == text {
				continue
			}
			taken = append(taken, text)
			parameter := secrets.Parameter{Value: secrets.NewValue(text)}
			if i := slices.IndexFunc(variables, func(v secrets.Parameter) bool { return v.Name == name }); i >= 0 {
				parameter = variables[i]
			}
			parameter.Name, parameter.FullName, parameter.Origin = d.Name, name, layer.Origin
			layer.Parameters = append(layer.Parameters, parameter)
		}
	}
	return layer
}

// The origins of SetLayer.
const (
	setFlag     = "--set"
	setVariable = "TSBOOT_SET"
)

// SetLayer makes a layer of NAME=VALUE pairs. origin is what gave them, --set or
// TSBOOT_SET. It refuses a secret, which does not belong on a command line, and a
// name that the profile does not declare. The error is an *Error of Kind Usage.
func SetLayer(p *profile.Profile, origin string, pairs []string) (secrets.Layer, error) {
	layer := secrets.Layer{Origin: origin}
	var problems []Problem
	at := make(map[string]int)
	for _, pair := range pairs {
		full, text, ok := strings.Cut(pair, "=")
		name := secrets.NormalizeName(full)
		if !ok || name == "" {
			problems = append(problems, Problem{Code: "set-invalid", What: origin + " wants NAME=VALUE", Fix: "write e.g. " + origin + " log-level=debug"})
			continue
		}
		d, declared := p.Parameter(name)
		switch {
		case secrets.IsFact(strings.ReplaceAll(strings.ToLower(full), "_", "-")):
			problems = append(problems, Problem{
				Code: "set-fact", What: fmt.Sprintf("%s %s: it is a fact, which nobody can set", origin, full),
				Fix: "have the profile take a parameter instead of the fact",
			})
			continue
		case declared && d.Secret:
			problems = append(problems, Problem{
				Code: "set-secret", What: fmt.Sprintf("%s %s: %s is a secret, and a command line is visible to everybody", origin, full, d.Name),
				Fix: "store it below an --ssm-path" + orVariable(d),
			})
			continue
		case declared:
			name = d.Name
		case !p.Env.ExportAll:
			problems = append(problems, Problem{
				Code: "set-unknown", What: fmt.Sprintf("%s %s: the profile %s declares no such parameter", origin, full, p.Name),
				Fix: strictyaml.Nearest(name, p.Names()),
			})
			continue
		}
		given := secrets.Parameter{Name: name, FullName: full, Value: secrets.NewValue(text), Origin: layer.Origin}
		if i, again := at[name]; again { // as with every flag: the last counts
			layer.Parameters[i] = given
			continue
		}
		at[name] = len(layer.Parameters)
		layer.Parameters = append(layer.Parameters, given)
	}
	return layer, profile.AsError(Usage, problems)
}

func orVariable(d *profile.Parameter) string {
	if len(d.Env) == 0 {
		return ""
	}
	return ", or set the variable " + strings.Join(d.Env, " or ")
}
