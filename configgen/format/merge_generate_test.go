package format

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"go.yaml.in/yaml/v3"
)

var names = []string{"a", "b", "c", "d", "e"}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// someNames are different names, in a random order.
func someNames(r *rand.Rand, most int) []string {
	var some []string
	for _, i := range r.Perm(len(names))[:r.IntN(most+1)] {
		some = append(some, names[i])
	}
	return some
}

// randomContent is a content that the format can hold.
func randomContent(r *rand.Rand, f *Format, depth int) Object {
	fields := Object{}
	sections := []string{"A", "B", "C"} // no INI reader has a key and a section of one name in one map
	for _, name := range someNames(r, 4) {
		var v any
		switch kind := r.IntN(8); {
		case kind < 2 && f.Content.Depth == 0 && depth < 3 || kind < 4 && f.Content.Depth == 2 && depth == 0 && len(sections) > 0:
			v = randomContent(r, f, depth+1)
			if f.Content.Depth == 2 {
				name, sections = sections[0], sections[1:]
			}
		case kind < 3 && f.Content.Arrays && depth < 3:
			list := []any{}
			for range r.IntN(3) {
				list = append(list, Object{{pick(r, names...), "x"}})
			}
			if r.IntN(2) == 0 {
				list = append(list, int64(r.IntN(9)))
			}
			v = list
		case kind < 5:
			v = nil
		default:
			v = pick(r, "new", "two words", "", "3")
		}
		fields = append(fields, Member{name, v})
	}
	return fields
}

// randomTree is a mapping for a base.
func randomTree(r *rand.Rand, depth int) Object {
	fields := Object{}
	for _, name := range someNames(r, 4) {
		var v any = int64(r.IntN(99))
		switch kind := r.IntN(6); {
		case kind < 3 && depth < 3:
			v = randomTree(r, depth+1)
		case kind == 3 && depth < 3:
			v = []any{randomTree(r, depth+1), randomTree(r, depth+1)}
		case kind == 4:
			v = "old"
		}
		fields = append(fields, Member{name, v})
	}
	return fields
}

func randomJSON(r *rand.Rand) string {
	b, _ := encodeJSON(randomTree(r, 0))
	return string(b)
}

// randomYAML also has anchors, aliases, merge keys, comments and both styles.
func randomYAML(r *rand.Rand) string {
	root, _ := yamlNode(randomTree(r, 0))
	var anchored []*yaml.Node
	var visit func(n *yaml.Node, flow bool)
	visit = func(n *yaml.Node, flow bool) {
		var ready []*yaml.Node
		if flow = flow || r.IntN(4) == 0; flow && n.Kind != yaml.ScalarNode && n != root {
			n.Style = yaml.FlowStyle
		}
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 {
				if !flow && r.IntN(4) == 0 {
					c.HeadComment = "# comment"
				}
				continue
			}
			visit(c, flow)
			switch {
			case r.IntN(4) == 0 && c.Anchor == "" && c.Kind != yaml.AliasNode:
				c.Anchor = fmt.Sprintf("x%d", len(anchored)+len(ready))
				anchored = append(anchored, c)
			case r.IntN(4) == 0 && len(anchored) > 0 && len(c.Content) == 0 && c.Anchor == "":
				a := anchored[r.IntN(len(anchored))]
				n.Content[i] = &yaml.Node{Kind: yaml.AliasNode, Value: a.Anchor, Alias: a}
			}
		}
		if n.Kind == yaml.MappingNode && r.IntN(3) == 0 {
			var maps []*yaml.Node
			for _, a := range anchored {
				if a.Kind == yaml.MappingNode {
					maps = append(maps, &yaml.Node{Kind: yaml.AliasNode, Value: a.Anchor, Alias: a})
				}
			}
			if len(maps) > 0 {
				source := maps[r.IntN(len(maps))]
				if r.IntN(2) == 0 {
					source = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: maps[:1+r.IntN(len(maps))]}
				}
				n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!merge", Value: "<<"}, source)
			}
		}
	}
	visit(root, false)
	b, _ := yaml.Marshal(root)
	return string(b)
}

// randomTOML writes tables in each of the ways that TOML has.
func randomTOML(r *rand.Rand) string {
	tree := randomTree(r, 0)
	if r.IntN(3) == 0 {
		b, _ := encodeTOML(tree)
		return string(b)
	}
	var plain, tables strings.Builder
	var write func(t Object, header, dotted string, body, after *strings.Builder)
	write = func(t Object, header, dotted string, body, after *strings.Builder) {
		for _, m := range t {
			text, _ := tomlText(m.Value)
			fields, isObject := m.Value.(Object)
			switch kind := r.IntN(3); {
			case isObject && len(fields) > 0 && kind == 0:
				write(fields, header, dotted+m.Key+".", body, after)
			case isObject && dotted == "" && kind == 1:
				var inside strings.Builder
				path := header + m.Key
				var below strings.Builder
				write(fields, path+".", "", &inside, &below)
				after.WriteString(pick(r, "", "\n", "# c\n") + "[" + path + "]" + pick(r, "\n", " # h\n") + inside.String() + below.String())
			default:
				body.WriteString(pick(r, "", "  ") + dotted + pick(r, m.Key, `"`+m.Key+`"`, "'"+m.Key+"'") + pick(r, "=", " = ") + text + pick(r, "\n", " # v\n", "\n\n", "\n# c\n"))
			}
		}
	}
	write(tree, "", "", &plain, &tables)
	return plain.String() + tables.String()
}

// randomINI repeats keys and sections, and continues values.
func randomINI(r *rand.Rand) string {
	var b strings.Builder
	keys := func() {
		for range r.IntN(5) {
			b.WriteString(pick(r, names...) + pick(r, "=", " = ", "= ", ": ") + pick(r, "1\n    more", "old value\n\tmore\n\tand more", "1", "old value", "", `"q"`) + pick(r, "\n", "\n\n", "\n# c\n"))
		}
	}
	b.WriteString(pick(r, "", "# c\n", "\n# c\n\n"))
	keys()
	for range r.IntN(4) {
		b.WriteString("[" + pick(r, "A", "B", "C") + "]\n")
		keys()
	}
	return b.String()
}

func randomEnv(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(8) {
		b.WriteString(pick(r, "", "export ") + pick(r, names...) + "=" + pick(r, "1", "", "'it # x'", `"a \" b"`, "'two\nb=1\n'", `"two`+"\n# x\n"+`"`) + pick(r, "\n", "\n\n", "\n# c\n"))
	}
	return b.String()
}
