package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/secrets"
)

// parameters reads the declarations, in the author's order.
func (p *parser) parameters(n *yaml.Node, what string) {
	var names, vars []string
	p.Pairs(n, what, func(key, value *yaml.Node) {
		d := p.parameter(key, value, &names, &vars)
		p.profile.Parameters = append(p.profile.Parameters, d)
	})
}

// declaration is a parameter while it is read.
type declaration struct {
	Parameter
	what        string    // in messages
	names, vars *[]string // of all parameters
}

func (p *parser) parameter(key, n *yaml.Node, names, vars *[]string) Parameter {
	d := &declaration{Parameter: Parameter{Name: key.Value, Pos: p.At(key), Type: String}, names: names, vars: vars}
	d.what = fmt.Sprintf("parameter %q", strictyaml.Clip(key.Value))
	p.parameterName(key, d.what, key.Value, names)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!null" { // `tags:` alone declares an optional string
		p.read(n, place{in: d.what, has: d.what, prefix: d.what + ": "}, p.parameterKeys(d))
	}
	return d.Parameter
}

var (
	aType     = oneOfWords(types()...)
	separated = []string{string(List), string(ListOfInt)} // types that have a separator
	aName     = matching(`^[a-z0-9][a-z0-9-]*$`)
)

func (p *parser) parameterKeys(d *declaration) []key {
	return []key{
		{
			name: "required", is: anyFlag, usual: "`false`", read: p.flag(&d.Required),
			about: "a source must give it, not empty: otherwise exit 78, with every name and variable that could have given it",
		},
		{
			name: "secret", is: anyFlag, usual: "`false`", read: p.flag(&d.Secret),
			about: "[secret](#what-is-secret) from every source; refused with `--set`; its variables are withheld from the agent; has no default",
		},
		{
			name: "type", is: aType, usual: "`string`", about: "what a value is, and what it becomes; docs/profiles.md has a table of the types",
			read: func(n *yaml.Node, what string) { d.Type = Type(p.oneOf(n, what, aType.words...)) },
		},
		{
			name: "separator", is: shape{kinds: []string{"string"}, pattern: `[\s\S]`}, usual: "`,`",
			only:  &only{"type", separated, "only a list takes `separator`"},
			about: "what stands between the items of a `list` or `list-of-int`",
			read:  func(n *yaml.Node, what string) { d.Separator = p.separator(n, what) },
		},
		{
			name: "default", is: eitherOf(anyScalar, listOf(anyScalar), pairsOf("", anything)), last: true, about: "must keep the rules of the parameter; not with `required`",
			read: func(n *yaml.Node, _ string) { p.defaultValue(n, d.what, &d.Parameter) },
		},
		{
			name: "env", is: listOf(aVariable), about: "variables that give it; an empty one counts as unset; messages recommend the first",
			read: p.items(func(n *yaml.Node, what string) {
				if s, ok := p.Text(n, what); ok && p.variable(n, what, s, d.vars) {
					d.Env = append(d.Env, s)
				}
			}),
		},
		{
			name: "aliases", is: listOf(aName), about: "other names below a path. Two names of one parameter below one path are ambiguous: exit 78",
			read: p.items(func(n *yaml.Node, what string) {
				if s, ok := p.Text(n, what); ok && p.parameterName(n, d.what, s, d.names) {
					d.Aliases = append(d.Aliases, s)
				}
			}),
		},
		{
			name: "pattern", is: anyText, about: "a regular expression in Go's (RE2) syntax, anchored only as you write it; for a list, of each item, for a map, of each value",
			read: func(n *yaml.Node, what string) { d.Pattern = p.pattern(n, what) },
		},
		{
			name: "enum", is: someOf(anyScalar), about: "the allowed values; for a list, of each item, for a map, of each value",
			read: func(n *yaml.Node, what string) { d.Enum = p.enum(n, what) },
		},
	}
}

// parameterName checks a name or an alias. It must be normalised, as names below a
// path are, or it would never be found.
func (p *parser) parameterName(n *yaml.Node, what, s string, seen *[]string) bool {
	switch {
	case secrets.IsFact(s):
		p.Fail(n, "choose another name: refer to the fact as ${"+s+"}, without declaring it", "%s: %q is a fact, which no parameter gives", what, s)
		return false
	case !validName(s):
		p.Fail(n, "names are lower case, with '-' for '_', '.', '/' and spaces, e.g. log-level", "%s: name %q", what, strictyaml.Clip(s))
		return false
	case s == ItemName:
		p.Fail(n, "choose another", "%s: ${item} is the current item of a for-each step", what)
		return false
	}
	return !p.duplicate(n, seen, s, "the name")
}

func (p *parser) variable(n *yaml.Node, what, s string, seen *[]string) bool {
	switch {
	case !format.VariableName().MatchString(s):
		p.Fail(n, "letters, digits and '_', e.g. MY_LEVEL", "%s: %q cannot name a variable", what, strictyaml.Clip(s))
		return false
	case strings.HasPrefix(s, "TSBOOT_"):
		p.Fail(n, "choose another; TSBOOT_ variables are flags of tsboot", "%s: %q", what, s)
		return false
	}
	return !p.duplicate(n, seen, s, "the variable")
}

func (p *parser) pattern(n *yaml.Node, what string) *regexp.Regexp {
	s, ok := p.Text(n, what)
	if !ok {
		return nil
	}
	re, err := regexp.Compile(s)
	if err != nil {
		p.Fail(n, "write it in Go's (RE2) syntax; single quotes keep backslashes", "%s: %v", what, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re
}

// enum reads the allowed values. Numbers and booleans count as they are written.
func (p *parser) enum(n *yaml.Node, what string) []string {
	var all []string
	p.Each(n, what, func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			p.WrongType(n, what, "values")
			return
		}
		all = append(all, n.Value)
	})
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.Fail(n, "list the values or remove enum", "%s allows nothing", what)
	}
	return all
}

// defaultValue reads the default and checks it by the rules of its parameter.
func (p *parser) defaultValue(n *yaml.Node, what string, d *Parameter) {
	text, ok := p.defaultText(n, what, d)
	switch {
	case !ok:
		return
	case d.Secret:
		p.Fail(n, "remove it: a profile is not a secret", "%s: a secret has a default", what)
		return
	case d.Required:
		p.Fail(n, "keep one of the two", "%s is required and has a default", what)
	}
	if _, err := d.Check(text, Quote); err != nil {
		p.Fail(n, err.Fix, "%s: default %s", what, err.What)
	}
	d.Default = &text
}

// defaultText gives the default in the form of a value of Parameter Store.
func (p *parser) defaultText(n *yaml.Node, what string, d *Parameter) (string, bool) {
	t := d.Type
	switch {
	case n.Kind == yaml.SequenceNode && t.Many():
		if t == ListOfInt {
			return p.joined(n, what, p.digits(n, what+": default"), d)
		}
		items := p.texts(n, what+": default")
		if t == Words {
			return format.JoinWords(items), true
		}
		return p.joined(n, what, items, d)
	case n.Kind == yaml.MappingNode && t == Map:
		return p.mapText(n, what+": default")
	case n.Kind == yaml.ScalarNode && t.writes(n.Tag):
		return n.Value, true
	}
	return p.Text(n, what+": default")
}

// joined gives the items of a default as one value, which is split again.
func (p *parser) joined(n *yaml.Node, what string, items []string, d *Parameter) (string, bool) {
	separator, fix := d.separator(), "a list is split at commas; use type: words"
	if separator != "," {
		fix = fmt.Sprintf("this list is split at %q; choose another separator, or type: words", separator)
	}
	text := strings.Join(items, separator+" ")
	if again := d.split(text); !slices.Equal(again, items) && len(items) > 0 {
		i := 0
		for i < len(items)-1 && i < len(again) && items[i] == again[i] {
			i++
		}
		p.Fail(n, fix, "%s: default: item %q", what, items[i])
		return "", false
	}
	return text, true
}

// separator reads what stands between the items of a list.
func (p *parser) separator(n *yaml.Node, what string) string {
	s, ok := p.Text(n, what)
	if ok && s == "" {
		p.Fail(n, "give e.g. ';'", "%s is empty", what)
	}
	return s
}

// writes reports whether a value of the type is written as a number or a boolean of
// YAML.
func (t Type) writes(tag string) bool {
	switch t {
	case Int, ListOfInt:
		return tag == "!!int"
	case Float:
		return tag == "!!int" || tag == "!!float"
	case Bool:
		return tag == "!!bool"
	}
	return false
}

// digits reads a list of numbers as they are written.
func (p *parser) digits(n *yaml.Node, what string) []string {
	var all []string
	p.Each(n, what, func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!str" {
			p.WrongType(n, what, "whole numbers")
			return
		}
		all = append(all, n.Value)
	})
	return all
}

// mapText gives a mapping in the form of a value of Parameter Store.
func (p *parser) mapText(n *yaml.Node, what string) (string, bool) {
	before := len(p.Problems)
	fields, ok := p.plainTree(n, what).(format.Object)
	if !ok || len(p.Problems) > before {
		return "", false
	}
	text, err := format.Of("json").Document(fields)
	if err != nil {
		p.Fail(n, "correct it", "%s: %v", what, err)
	}
	return strings.TrimSpace(string(text)), err == nil
}

// plainTree reads values without references.
func (p *parser) plainTree(n *yaml.Node, what string) any {
	switch n.Kind {
	case yaml.MappingNode:
		fields := format.Object{}
		p.Pairs(n, what, func(key, value *yaml.Node) {
			fields = append(fields, format.Member{Key: key.Value, Value: p.plainTree(value, what)})
		})
		return fields
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, p.plainTree(item, what))
		}
		return list
	}
	switch n.Tag {
	case "!!str", "!!timestamp":
		return n.Value
	case "!!null":
		return nil
	}
	return p.number(n)
}
