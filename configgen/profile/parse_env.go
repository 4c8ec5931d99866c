package profile

import (
	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/configgen/format"
)

func (p *parser) env(n *yaml.Node, _ string) {
	p.read(n, place{in: "env", has: "env", prefix: "env."}, p.envKeys())
}

func (p *parser) envKeys() []key {
	e := &p.profile.Env
	export := oneOfWords("all")
	return []key{
		{
			name: "set", is: pairsOf(aVariable.pattern, anyText), about: "variables that the agent and its setup always get; values may have references",
			read: func(n *yaml.Node, what string) { e.Set = p.variables(n, what) },
		},
		{
			name: "withhold", is: listOf(aGlob), about: "variables of the container that they do not get; the last character may be `*`",
			read: p.items(func(n *yaml.Node, what string) { p.glob(n, what, &e.Withhold) }),
		},
		{
			name: "pass", is: listOf(aGlob), about: "variables that they get although they would be withheld; the last character may be `*`",
			read: p.items(func(n *yaml.Node, what string) { p.glob(n, what, &e.Pass) }),
		},
		{
			name: "export", is: export, about: "`all`: every parameter, declared or not, is a variable (`log-level` is `LOG_LEVEL`)",
			read: func(n *yaml.Node, what string) { e.ExportAll = p.oneOf(n, what, export.words...) == "all" },
		},
	}
}

// variables reads variables with their values.
func (p *parser) variables(n *yaml.Node, what string) []EnvSet {
	var all []EnvSet
	p.Pairs(n, what, func(key, value *yaml.Node) {
		if !format.VariableName().MatchString(key.Value) {
			p.Fail(key, "letters, digits and '_', e.g. MY_LEVEL", "%s: %q cannot name a variable", what, strictyaml.Clip(key.Value))
		}
		if t := p.template(value, use{what: what}); t != nil {
			all = append(all, EnvSet{key.Value, t})
		}
	})
	return all
}

// glob reads the name of a variable, whose last character may be *.
func (p *parser) glob(n *yaml.Node, what string, to *[]string) {
	s, ok := p.Text(n, what)
	if !ok {
		return
	}
	if err := CheckGlob(s); err != nil {
		p.Fail(n, "a name such as MY_LEVEL or MY_*", "%s: %v", what, err)
	}
	*to = append(*to, s)
}
