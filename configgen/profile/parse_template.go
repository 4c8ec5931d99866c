package profile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/configgen/format"
)

// use says which references one place of the profile may have.
type use struct {
	what     string
	escapes  bool   // each reference must name its escape (text files)
	dollar   bool   // each $ of a value is doubled
	many     bool   // a reference to a list is allowed when it stands alone
	maps     bool   // a reference to a map is allowed when it stands alone
	item     bool   // ${item} is allowed
	noSecret string // what to do instead of a secret here; empty where a secret is allowed
}

// template reads a string with references and checks each of them.
func (p *parser) template(n *yaml.Node, u use) *Template {
	s, ok := p.Text(n, u.what)
	if !ok {
		return nil
	}
	t := &Template{Pos: p.At(n)}
	from := p.offset(n)
	parts, bad := parseTemplate(s)
	if bad != nil {
		at, _ := p.find(n, bad.raw, from)
		p.FailAt(at, "write ${name}, or $${ for a literal ${", "%s: reference %q %s", u.what, strictyaml.Clip(bad.raw), bad.what)
		return nil
	}
	t.Parts = parts
	_, alone := t.Whole()
	for _, ref := range parts {
		if ref.Name == "" {
			continue
		}
		var at Pos
		at, from = p.find(n, ref.raw, from)
		p.reference(at, ref, alone, u)
	}
	return t
}

// reference checks one reference: its parameter, and whether its place allows it.
func (p *parser) reference(at Pos, ref Part, alone bool, u use) {
	d := p.referred(ref.Name)
	switch {
	case ref.Name == ItemName && u.item:
		d = &Parameter{Name: ItemName, Type: String}
	case d == nil && ref.Name == ItemName && u.escapes:
		p.FailAt(at, "write a piece of text with for-each: NAME", "%s: ${item} outside a for-each piece", u.what)
		return
	case d == nil && looksLikeFact(ref.Name):
		p.FailAt(at, nearestFact(ref.Name), "%s refers to %q, which is not a fact", u.what, ref.Name)
		return
	case d == nil && ref.Name == ItemName:
		p.FailAt(at, "add for-each: NAME to the step", "%s: ${item} outside a for-each step", u.what)
		return
	case d == nil:
		p.FailAt(at, strictyaml.Nearest(ref.Name, p.declaredNames()), "%s refers to %q, which is not declared under parameters", u.what, ref.Name)
		return
	case d.Secret && u.noSecret != "":
		p.FailAt(at, u.noSecret, "%s refers to the secret %q", u.what, ref.Name)
	}
	if !u.escapes {
		p.bare(at, ref, d, alone, u)
		return
	}
	p.escapes(at, ref, d, u)
}

// escapes checks the chain of a reference in a text file.
func (p *parser) escapes(at Pos, ref Part, d *Parameter, u use) {
	if len(ref.Escapes) == 0 {
		p.FailAt(at, fmt.Sprintf("say how it is escaped, e.g. ${%s|json}; known: %s", ref.Name, strings.Join(format.EscapeNames(), ", ")), "%s: reference %s names no escape", u.what, ref.raw)
		return
	}
	for _, name := range ref.Escapes {
		if format.EscapeOf(name) == nil {
			p.FailAt(at, strictyaml.Nearest(name, format.EscapeNames()), "%s: unknown escape %q", u.what, strictyaml.Clip(name))
			return
		}
	}
	if u.dollar && slices.Contains(ref.Escapes, "dollar") {
		p.FailAt(at, "remove one of the two", "%s: reference %s would double each $ twice, because of dollar: double", u.what, ref.raw)
	}
	if d.Type == Map {
		p.FailAt(at, "write it into a file with a tree (format: json, yaml, toml, ini)", "%s: %q is a map: it cannot be part of a text", u.what, ref.Name)
		return
	}
	if d.Type.Many() && !format.ChainOf(ref.Escapes).TakesLists() {
		p.FailAt(at, "use the escape shell, or declare the parameter as a string", "%s: the list %q cannot be escaped as %s", u.what, ref.Name, ref.Escapes[0])
	}
}

// bare checks a reference in a place that needs no escape.
func (p *parser) bare(at Pos, ref Part, d *Parameter, alone bool, u use) {
	if len(ref.Escapes) > 0 {
		p.FailAt(at, fmt.Sprintf("write ${%s}; only format: text needs one", ref.Name), "%s: reference %s names an escape", u.what, ref.raw)
	}
	switch {
	case d.Type == Map && !alone:
		p.FailAt(at, fmt.Sprintf("let ${%s} be the whole string", ref.Name), "%s: the map %q is part of a string", u.what, ref.Name)
	case d.Type == Map && !u.maps:
		p.FailAt(at, "declare it as a string", "%s: %q is a map (type map), which cannot stand here", u.what, ref.Name)
	case !d.Type.Many():
	case !u.many:
		p.FailAt(at, "declare it as a string", "%s: %q is a list (type %s)", u.what, ref.Name, d.Type)
	case !alone:
		p.FailAt(at, fmt.Sprintf("let ${%s} be the whole string, or declare it as a string", ref.Name), "%s: the list %q is part of a string", u.what, ref.Name)
	}
}

// declared finds a parameter by its name. References do not use aliases.
func (p *parser) declared(name string) *Parameter {
	i := slices.IndexFunc(p.profile.Parameters, func(d Parameter) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return &p.profile.Parameters[i]
}

func (p *parser) declaredNames() []string {
	names := make([]string, len(p.profile.Parameters))
	for i, d := range p.profile.Parameters {
		names[i] = d.Name
	}
	return names
}

// offset is where a node begins, in bytes from the start of the source.
func (p *parser) offset(n *yaml.Node) int {
	at := 0
	for _, line := range p.lines[:min(max(n.Line-1, 0), len(p.lines))] {
		at += len(line) + 1
	}
	if n.Line < 1 || n.Line > len(p.lines) {
		return at
	}
	line := p.lines[n.Line-1]
	for i := 1; i < n.Column && len(line) > 0; i++ {
		_, size := utf8.DecodeRune(line)
		line, at = line[size:], at+size
	}
	return at
}

// find gives the place of a reference in the source, from an offset on, and the
// offset after it. A reference that the source writes in another way (as an escape
// in double quotes) gets the place of its string.
func (p *parser) find(n *yaml.Node, raw string, from int) (Pos, int) {
	at := 0
	for i, line := range p.lines {
		end := at + len(line)
		if from <= end {
			start := max(from-at, 0)
			if j := bytes.Index(line[start:], []byte(raw)); j >= 0 {
				column := utf8.RuneCount(line[:start+j]) + 1
				return Pos{File: p.File, Line: i + 1, Column: column}, at + start + j + len(raw)
			}
		}
		at = end + 1
	}
	return p.At(n), from
}
