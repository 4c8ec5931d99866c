package strictyaml

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

const aList = "a list ([a, b], or lines with a dash)"

// Pairs reads a mapping with any keys, each a string that stands once.
func (r *Reader) Pairs(n *yaml.Node, what string, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.WrongType(n, what, "a mapping (key: value)")
		return
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		line, twice := seen[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			r.Fail(key, "a key is a plain string", "key %q in %s", Clip(key.Value), what)
		case key.Tag != "!!str":
			r.Fail(key, fmt.Sprintf("write %q", key.Value), "key %s in %s is %s, not a string", Clip(key.Value), what, nodeType(key))
		case twice:
			r.Fail(key, fmt.Sprintf("the first is in line %d; keep one", line), "key %q appears twice in %s", Clip(key.Value), what)
		default:
			seen[key.Value] = key.Line
			do(key, value)
		}
	}
}

// Fields reads a mapping with known keys. It gives nil for what is not a mapping.
func (r *Reader) Fields(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	var got map[string]*yaml.Node
	if n.Kind == yaml.MappingNode {
		got = make(map[string]*yaml.Node, len(known))
	}
	r.Pairs(n, what, func(key, value *yaml.Node) {
		if !slices.Contains(known, key.Value) {
			r.Fail(key, Nearest(key.Value, known), "unknown key %q in %s", Clip(key.Value), what)
			return
		}
		got[key.Value] = value
	})
	return got
}

// Each reads a sequence.
func (r *Reader) Each(n *yaml.Node, what string, do func(n *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.WrongType(n, what, aList)
		return
	}
	for _, item := range n.Content {
		do(item)
	}
}

// Text reads a string.
func (r *Reader) Text(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!timestamp") {
		return n.Value, true
	}
	r.WrongType(n, what, "a string")
	return "", false
}

// Boolean reads true or false.
func (r *Reader) Boolean(n *yaml.Node, what string) bool {
	var b bool
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(&b) != nil {
		r.WrongType(n, what, "true or false")
	}
	return b
}

// Integer reads a whole number.
func (r *Reader) Integer(n *yaml.Node, what string, least, most int64) int64 {
	i, err := strconv.ParseInt(n.Value, 0, 64)
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag != "!!int":
		r.WrongType(n, what, "a whole number")
	case err != nil || i < least || i > most:
		r.Fail(n, fmt.Sprintf("%d to %d", least, most), "%s: %s is out of range", what, Clip(n.Value))
	}
	return i
}

// Duration reads a duration that is not negative.
func (r *Reader) Duration(n *yaml.Node, what string) (time.Duration, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.WrongType(n, what, "a duration such as 30s")
		return 0, false
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil || d < 0 {
		r.Fail(n, "write a number and its unit: 500ms, 30s, 1m30s", "%s: %q is not a duration", what, Clip(n.Value))
		return 0, false
	}
	return d, true
}

// WrongType adds the problem that a node is not what it must be, and how it would be where that is only a matter of form.
func (r *Reader) WrongType(n *yaml.Node, what, want string) {
	fix := ""
	if n.Kind == yaml.ScalarNode && n.Value != "" {
		fix = fixOf(n, want)
	}
	r.Fail(n, fix, "%s must be %s, not %s", what, want, nodeType(n))
}

func fixOf(n *yaml.Node, want string) string {
	switch {
	case want == "a string":
		return fmt.Sprintf("put it in quotes: %q", Clip(n.Value))
	case want == aList && n.Tag != "!!null":
		return fmt.Sprintf("write [%q]", Clip(n.Value))
	case want == "a whole number":
		return "write it in digits, without quotes"
	case want == "true or false":
		return "write true or false without quotes"
	}
	return ""
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
		return "the number " + Clip(n.Value)
	case n.Tag == "!!bool":
		return "the boolean " + Clip(n.Value)
	}
	return fmt.Sprintf("the string %q", Clip(n.Value))
}
