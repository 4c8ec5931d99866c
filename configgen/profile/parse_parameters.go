package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/configgen/format"
)

// parameters reads the declarations, in the author's order.
func (p *parser) parameters(n *yaml.Node) {
	var names, vars []string
	p.pairs(n, "parameters", func(key, value *yaml.Node) {
		d := p.parameter(key, value, &names, &vars)
		p.profile.Parameters = append(p.profile.Parameters, d)
	})
}

func (p *parser) parameter(key, n *yaml.Node, names, vars *[]string) Parameter {
	d := Parameter{Name: key.Value, Pos: p.at(key), Type: String}
	what := fmt.Sprintf("parameter %q", clip(key.Value))
	p.parameterName(key, what, key.Value, names)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return d // `tags:` alone declares an optional string
	}
	f := p.fields(n, what, "required", "secret", "env", "aliases", "pattern", "enum", "type", "default")
	if f == nil {
		return d
	}
	d.Required = p.boolean(f["required"], what+": required")
	d.Secret = p.boolean(f["secret"], what+": secret")
	if t := f["type"]; t != nil {
		d.Type = Type(p.oneOf(t, what+": type", string(String), string(Int), string(Bool), string(List), string(Words)))
	}
	d.Pattern = p.pattern(f["pattern"], what)
	d.Enum = p.enum(f["enum"], what)
	for _, alias := range nodes(f["aliases"]) {
		if s, ok := p.text(alias, what+": aliases"); ok && p.parameterName(alias, what, s, names) {
			d.Aliases = append(d.Aliases, s)
		}
	}
	for _, name := range nodes(f["env"]) {
		if s, ok := p.text(name, what+": env"); ok && p.variable(name, what+": env", s, vars) {
			d.Env = append(d.Env, s)
		}
	}
	p.sequence(f["aliases"], what+": aliases")
	p.sequence(f["env"], what+": env")
	p.defaultValue(f["default"], what, &d)
	return d
}

// nodes are the items of a sequence.
func nodes(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// sequence reports a node that should be a sequence and is not.
func (p *parser) sequence(n *yaml.Node, what string) {
	if n != nil {
		p.each(n, what, func(*yaml.Node) {})
	}
}

// parameterName checks a name or an alias. It must be normalised, as names below a
// path are, or it would never be found.
func (p *parser) parameterName(n *yaml.Node, what, s string, seen *[]string) bool {
	switch {
	case !validName(s):
		p.fail(n, "names are lower case, with '-' for '_', '.', '/' and spaces, e.g. log-level", "%s: name %q", what, clip(s))
		return false
	case s == ItemName:
		p.fail(n, "choose another", "%s: ${item} is the current item of a for-each step", what)
		return false
	}
	return !p.duplicate(n, seen, s, "the name")
}

func (p *parser) variable(n *yaml.Node, what, s string, seen *[]string) bool {
	switch {
	case !format.VariableName().MatchString(s):
		p.fail(n, "letters, digits and '_', e.g. MY_LEVEL", "%s: %q cannot name a variable", what, clip(s))
		return false
	case strings.HasPrefix(s, "TSBOOT_"):
		p.fail(n, "choose another; TSBOOT_ variables are flags of tsboot", "%s: %q", what, s)
		return false
	}
	return !p.duplicate(n, seen, s, "the variable")
}

func (p *parser) pattern(n *yaml.Node, what string) *regexp.Regexp {
	if n == nil {
		return nil
	}
	s, ok := p.text(n, what+": pattern")
	if !ok {
		return nil
	}
	re, err := regexp.Compile(s)
	if err != nil {
		p.fail(n, "write it in Go's (RE2) syntax; single quotes keep backslashes", "%s: pattern: %v", what, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re
}

// enum reads the allowed values. Numbers and booleans count as they are written.
func (p *parser) enum(n *yaml.Node, what string) []string {
	if n == nil {
		return nil
	}
	var all []string
	p.each(n, what+": enum", func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			p.wrongType(n, what+": enum", "values")
			return
		}
		all = append(all, n.Value)
	})
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.fail(n, "list the values or remove enum", "%s: enum allows nothing", what)
	}
	return all
}

// defaultValue reads the default and checks it by the rules of its parameter.
func (p *parser) defaultValue(n *yaml.Node, what string, d *Parameter) {
	if n == nil {
		return
	}
	text, ok := p.defaultText(n, what, d.Type)
	switch {
	case !ok:
		return
	case d.Secret:
		p.fail(n, "remove it: a profile is not a secret", "%s: a secret has a default", what)
		return
	case d.Required:
		p.fail(n, "keep one of the two", "%s is required and has a default", what)
	}
	if _, err := d.Check(text, Quote); err != nil {
		p.fail(n, err.Fix, "%s: default %s", what, err.What)
	}
	d.Default = &text
}

// defaultText gives the default in the form of a value of Parameter Store.
func (p *parser) defaultText(n *yaml.Node, what string, t Type) (string, bool) {
	switch {
	case n.Kind == yaml.SequenceNode && t.Many():
		items := p.texts(n, what+": default")
		if t == Words {
			return format.JoinWords(items), true
		}
		if i := slices.IndexFunc(items, func(s string) bool { return strings.ContainsRune(s, ',') || strings.TrimSpace(s) != s || s == "" }); i >= 0 {
			p.fail(n, "a list is split at commas; use type: words", "%s: default: item %q", what, items[i])
			return "", false
		}
		return strings.Join(items, ", "), true
	case n.Kind == yaml.ScalarNode && (t == Int && n.Tag == "!!int" || t == Bool && n.Tag == "!!bool"):
		return n.Value, true
	}
	return p.text(n, what+": default")
}
