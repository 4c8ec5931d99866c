package format

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// maxNodes limits what aliases may become when they are written out.
const maxNodes = 1 << 18

// survey finds the aliases, and refuses what readers read in different ways: a key
// that stands twice, an alias inside of its own anchor. open are the nodes around n.
func (m *yamlMerge) survey(n *yaml.Node, open []*yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		if slices.Contains(open, n.Alias) {
			return fmt.Errorf("line %d: *%s stands inside of what it means", n.Line, n.Value)
		}
		m.aliases[n.Alias] = append(m.aliases[n.Alias], n)
		return nil
	}
	if n.Kind == yaml.MappingNode {
		if err := keysOnce(n); err != nil {
			return err
		}
		if at := mergeKeyAt(n); at >= 0 && slices.ContainsFunc(mergeSources(n.Content[at+1]), notMapping) {
			return fmt.Errorf("line %d: << names what is not a mapping", n.Content[at].Line)
		}
	}
	open = append(open, n)
	for _, c := range n.Content {
		if err := m.survey(c, open); err != nil {
			return err
		}
	}
	return nil
}

func notMapping(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Kind != yaml.MappingNode
}

func keysOnce(n *yaml.Node) error {
	type id struct{ tag, value string }
	seen := make(map[id]bool, len(n.Content)/2)
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			continue
		}
		this := id{key.ShortTag(), key.Value}
		if seen[this] {
			return fmt.Errorf("line %d: key %q appears twice", key.Line, key.Value)
		}
		seen[this] = true
	}
	return nil
}

// writeOut replaces a merge key (<<) that gives a key by the keys that it gives:
// readers differ in what wins over it.
func (m *yamlMerge) writeOut(n *yaml.Node, key string) error {
	at := mergeKeyAt(n)
	if at < 0 {
		return nil
	}
	given, err := m.given(n.Content[at+1])
	if err != nil || keyAt(given, key) < 0 {
		return err
	}
	if err := m.drop(n.Content[at+1]); err != nil {
		return err
	}
	n.Content = slices.Insert(n.Content, at+2, missing(n, given)...)
	removeKey(n, at)
	return nil
}

// given is all that the value of a merge key gives: what stands first wins.
func (m *yamlMerge) given(value *yaml.Node) (*yaml.Node, error) {
	given := &yaml.Node{Kind: yaml.MappingNode}
	for _, source := range mergeSources(value) {
		all, err := m.copy(source)
		if err != nil {
			return nil, err
		}
		if at := mergeKeyAt(all); at >= 0 {
			deeper, err := m.given(all.Content[at+1])
			if err != nil {
				return nil, err
			}
			all.Content = slices.Concat(all.Content[:at], all.Content[at+2:], missing(all, deeper))
		}
		given.Content = append(given.Content, missing(given, all)...)
	}
	return given, nil
}

// missing are the keys of a mapping, with their values, that another does not have.
func missing(in, of *yaml.Node) []*yaml.Node {
	var pairs []*yaml.Node
	for i := 0; i < len(of.Content); i += 2 {
		if k := of.Content[i]; k.Kind != yaml.ScalarNode || keyAt(in, k.Value) < 0 {
			pairs = append(pairs, k, of.Content[i+1])
		}
	}
	return pairs
}

// mergeSources are the mappings that a merge key names.
func mergeSources(value *yaml.Node) []*yaml.Node {
	if value.Kind == yaml.SequenceNode {
		return value.Content
	}
	return []*yaml.Node{value}
}

func mergeKeyAt(n *yaml.Node) int {
	for i := 0; i < len(n.Content); i += 2 {
		if isMergeKey(n.Content[i]) {
			return i
		}
	}
	return -1
}

// drop is called before nodes are removed or replaced: aliases elsewhere may mean
// them, or something inside of them.
func (m *yamlMerge) drop(nodes ...*yaml.Node) error {
	for _, n := range nodes {
		if err := m.detach(n); err != nil {
			return err
		}
		if err := m.drop(n.Content...); err != nil {
			return err
		}
	}
	return nil
}

// detach writes out the aliases of a node, which may then change.
func (m *yamlMerge) detach(n *yaml.Node) error {
	for _, alias := range m.aliases[n] {
		if err := m.resolve(alias); err != nil {
			return err
		}
	}
	delete(m.aliases, n)
	n.Anchor = ""
	return nil
}

// resolve writes out an alias; another node stays as it is.
func (m *yamlMerge) resolve(n *yaml.Node) error {
	if n.Kind != yaml.AliasNode {
		return nil
	}
	value, err := m.copy(n)
	if err != nil {
		return err
	}
	value.HeadComment, value.LineComment, value.FootComment = n.HeadComment, n.LineComment, n.FootComment
	*n = *value
	return nil
}

// copy copies a node, with its aliases written out and without anchors.
func (m *yamlMerge) copy(n *yaml.Node) (*yaml.Node, error) {
	if m.written++; m.written > maxNodes {
		return nil, fmt.Errorf("its aliases stand for more than %d nodes", maxNodes)
	}
	if n.Kind == yaml.AliasNode {
		return m.copy(n.Alias)
	}
	twin := *n
	twin.Anchor, twin.Content = "", nil
	for _, c := range n.Content {
		value, err := m.copy(c)
		if err != nil {
			return nil, err
		}
		twin.Content = append(twin.Content, value)
	}
	return &twin, nil
}
