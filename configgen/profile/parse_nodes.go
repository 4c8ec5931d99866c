package profile

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// fields reads a mapping with known keys, each at most once. It gives nil for what
// is not a mapping.
func (p *parser) fields(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		p.wrongType(n, what, "a mapping (key: value)")
		return nil
	}
	got := make(map[string]*yaml.Node, len(known))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || !slices.Contains(known, key.Value):
			p.fail(key, Nearest(key.Value, known), "unknown key %q in %s", clip(key.Value), what)
		case got[key.Value] != nil:
			p.fail(key, fmt.Sprintf("the first is in line %d; keep one", got[key.Value].Line), "key %q appears twice in %s", key.Value, what)
		default:
			got[key.Value] = value
		}
	}
	return got
}

// hasKey says whether a mapping has a key.
func hasKey(n *yaml.Node, name string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return true
		}
	}
	return false
}

// pairs reads a mapping with any keys, each a string that stands once.
func (p *parser) pairs(n *yaml.Node, what string, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.wrongType(n, what, "a mapping (key: value)")
		return
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		line, twice := seen[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			p.fail(key, "a key is a plain string", "key %q in %s", clip(key.Value), what)
		case key.Tag != "!!str":
			p.fail(key, fmt.Sprintf("write %q", key.Value), "key %s in %s is %s, not a string", clip(key.Value), what, nodeType(key))
		case twice:
			p.fail(key, fmt.Sprintf("the first is in line %d; keep one", line), "key %q appears twice in %s", clip(key.Value), what)
		default:
			seen[key.Value] = key.Line
			do(key, value)
		}
	}
}

// each reads a sequence.
func (p *parser) each(n *yaml.Node, what string, do func(n *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		p.wrongType(n, what, "a list ([a, b], or lines with a dash)")
		return
	}
	for _, item := range n.Content {
		do(item)
	}
}

// text reads a string.
func (p *parser) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!timestamp") {
		return n.Value, true
	}
	p.wrongType(n, what, "a string")
	return "", false
}

// texts reads a list of strings.
func (p *parser) texts(n *yaml.Node, what string) []string {
	var all []string
	p.each(n, what, func(n *yaml.Node) {
		if s, ok := p.text(n, what); ok {
			all = append(all, s)
		}
	})
	return all
}

// paths reads a list of absolute paths without references.
func (p *parser) paths(n *yaml.Node, what string) []string {
	var all []string
	p.each(n, what, func(n *yaml.Node) { all = append(all, p.path(n, what)) })
	return all
}

func (p *parser) path(n *yaml.Node, what string) string {
	s, ok := p.text(n, what)
	switch {
	case !ok:
	case strings.Contains(s, "${"):
		p.fail(n, "write the path out", "%s cannot hold a reference", what)
	default:
		p.absolute(n, what, s)
	}
	return s
}

// absolute checks a path that has no reference.
func (p *parser) absolute(n *yaml.Node, what, s string) {
	if !path.IsAbs(s) || strings.ContainsRune(s, 0) {
		p.fail(n, "a path begins with /", "%s: %q is not an absolute path", what, clip(s))
	}
}

func (p *parser) boolean(n *yaml.Node, what string) bool {
	var b bool
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(&b) != nil {
		p.wrongType(n, what, "true or false")
	}
	return b
}

// integer reads a number that is not negative.
func (p *parser) integer(n *yaml.Node, what string, least, most int) int {
	i, err := strconv.Atoi(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil:
		p.wrongType(n, what, "a whole number")
	case i < least || i > most:
		p.fail(n, fmt.Sprintf("%d to %d", least, most), "%s: %d is out of range", what, i)
	}
	return i
}

// duration reads a duration; otherwise is for what is none.
func (p *parser) duration(n *yaml.Node, what string, otherwise time.Duration) time.Duration {
	if n.Kind != yaml.ScalarNode {
		p.wrongType(n, what, "a duration such as 30s")
		return otherwise
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil || d < 0 {
		p.fail(n, "write a number and its unit: 500ms, 30s, 1m30s", "%s: %q is not a duration", what, clip(n.Value))
		return otherwise
	}
	return d
}

// oneOf reads one of a list of words.
func (p *parser) oneOf(n *yaml.Node, what string, choice ...string) string {
	s, ok := p.text(n, what)
	if ok && !slices.Contains(choice, s) {
		p.fail(n, Nearest(s, choice), "%s: %q", what, clip(s))
	}
	return s
}

func (p *parser) wrongType(n *yaml.Node, what, want string) {
	fix := ""
	if n.Kind == yaml.ScalarNode && want == "a string" && n.Value != "" {
		fix = fmt.Sprintf("put it in quotes: %q", clip(n.Value))
	}
	p.fail(n, fix, "%s must be %s, not %s", what, want, nodeType(n))
}

func nodeType(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "the number " + clip(n.Value)
	case n.Tag == "!!bool":
		return "the boolean " + clip(n.Value)
	}
	return fmt.Sprintf("the string %q", clip(n.Value))
}
