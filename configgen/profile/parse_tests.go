package profile

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/secrets"
)

// test reads one test of the profile.
func (p *parser) test(n *yaml.Node, _ string) {
	what := fmt.Sprintf("test %d", len(p.profile.Tests)+1)
	t := Test{Pos: p.At(n)}
	p.read(n, place{in: what, has: what, prefix: what + ": "}, p.testKeys(&t))
	p.profile.Tests = append(p.profile.Tests, t)
}

func (p *parser) testKeys(t *Test) []key {
	return []key{
		{
			name: "name", is: matching(`[\s\S]`), required: true, about: "what the report calls it",
			read: func(n *yaml.Node, what string) { t.Name = p.testName(n, what) },
		},
		{
			name: "values", is: pairsOf("", anyScalar), about: "parameters and facts, by name, as a source would give them",
			read: func(n *yaml.Node, what string) { t.Values = p.named(n, what, p.testValue, p.scalarText) },
		},
		{
			name: "files", is: pairsOf("^/", anyText), about: "the whole content of a file, by its path",
			read: func(n *yaml.Node, what string) { t.Files = p.named(n, what, p.testFile, p.Text) },
		},
		{
			name: "argv", is: listOf(anyText), about: "the agent's command",
			read: func(n *yaml.Node, what string) { t.Argv = append([]string{}, p.texts(n, what)...) },
		},
		{
			name: "env", is: pairsOf(aVariable.pattern, anyScalar), about: "variables of the agent's environment, which is made from an empty one",
			read: func(n *yaml.Node, what string) { t.Env = p.named(n, what, p.testVariable, p.scalarText) },
		},
	}
}

func (p *parser) testName(n *yaml.Node, what string) string {
	name, ok := p.Text(n, what)
	if ok && name == "" {
		p.Fail(n, "give it a name, e.g. with a proxy", "%s is empty", what)
	}
	for _, other := range p.profile.Tests {
		if name != "" && other.Name == name {
			p.Fail(n, fmt.Sprintf("the first is in line %d; rename one", other.Pos.Line), "test %q appears twice", strictyaml.Clip(name))
		}
	}
	return name
}

// named reads texts by name. check says what is wrong with a name.
func (p *parser) named(n *yaml.Node, what string, check func(key *yaml.Node, what string), read func(*yaml.Node, string) (string, bool)) []Pair {
	var all []Pair
	p.Pairs(n, what, func(key, value *yaml.Node) {
		check(key, what)
		if text, ok := read(value, fmt.Sprintf("%s: %s", what, strictyaml.Clip(key.Value))); ok {
			all = append(all, Pair{key.Value, text})
		}
	})
	return all
}

// scalarText reads a text. Numbers and booleans count as they are written.
func (p *parser) scalarText(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return n.Value, true
	}
	return p.Text(n, what)
}

func (p *parser) testValue(key *yaml.Node, what string) {
	switch name := key.Value; {
	case secrets.IsFact(name) || p.declared(name) != nil:
	case looksLikeFact(name):
		p.Fail(key, nearestFact(name), "%s: %q is not a fact", what, strictyaml.Clip(name))
	default:
		p.Fail(key, strictyaml.Nearest(name, p.declaredNames()), "%s: %q is not declared under parameters", what, strictyaml.Clip(name))
	}
}

func (p *parser) testFile(key *yaml.Node, what string) { p.absolute(key, what, key.Value) }

func (p *parser) testVariable(key *yaml.Node, what string) {
	if !format.VariableName().MatchString(key.Value) {
		p.Fail(key, "letters, digits and '_', e.g. MY_LEVEL", "%s: %q cannot name a variable", what, strictyaml.Clip(key.Value))
	}
}
