package format

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mergeYAML works on the nodes of the base, not on what they mean: `yes`, 0644 and
// dates stay as they are written, to readers of YAML 1.1 and of 1.2, and comments
// stay where the library keeps them.
func mergeYAML(base []byte, over Object) ([]byte, error) {
	doc, err := readYAML(base)
	if err != nil {
		return nil, err
	}
	m := &yamlMerge{aliases: make(map[*yaml.Node][]*yaml.Node)}
	if err := m.survey(doc, nil); err != nil {
		return nil, err
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, errNoMapping
	}
	if err := m.merge(root, over); err != nil {
		return nil, err
	}
	return writeMerged(doc)
}

// yamlMerge changes a document. An alias stands for what its anchor had: before a
// node with an anchor is changed, its aliases are written out.
type yamlMerge struct {
	aliases map[*yaml.Node][]*yaml.Node // of each node with an anchor
	written int                         // nodes that aliases became
}

// merge lays fields over a mapping.
func (m *yamlMerge) merge(n *yaml.Node, fields Object) error {
	if err := m.detach(n); err != nil {
		return err
	}
	for _, field := range fields {
		if err := m.member(n, field); err != nil {
			return err
		}
	}
	return nil
}

func (m *yamlMerge) member(n *yaml.Node, field Member) error {
	if err := m.writeOut(n, field.Key); err != nil {
		return err
	}
	i := keyAt(n, field.Key)
	_, isObject := field.Value.(Object)
	switch {
	case i < 0 && field.Value == nil:
		return nil
	case i < 0:
		value, err := yamlNode(Pruned(field.Value))
		n.Content = append(n.Content, yamlKey(field.Key), value)
		return err
	case field.Value == nil:
		if err := m.drop(n.Content[i], n.Content[i+1]); err != nil {
			return err
		}
		removeKey(n, i)
		return nil
	case isObject:
		if err := m.resolve(n.Content[i+1]); err != nil {
			return err
		}
		if old := n.Content[i+1]; old.Kind == yaml.MappingNode {
			return m.merge(old, field.Value.(Object))
		}
	}
	if err := m.drop(n.Content[i+1]); err != nil {
		return err
	}
	value, err := yamlNode(Pruned(field.Value))
	if err == nil {
		keepComments(n.Content[i], n.Content[i+1], value)
		n.Content[i+1] = value
	}
	return err
}

// keyAt finds a key by its text: a profile has only strings for keys, and the base
// may have the number 80 for one.
func keyAt(n *yaml.Node, key string) int {
	for i := 0; i < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		if k.Kind == yaml.ScalarNode && k.Value == key && !isMergeKey(k) {
			return i
		}
	}
	return -1
}

func isMergeKey(k *yaml.Node) bool { return k.Kind == yaml.ScalarNode && k.Tag == "!!merge" }

// keepComments moves the comments of a value that is replaced. What stood behind it
// stands above the key where the new value has several lines.
func keepComments(key, old, value *yaml.Node) {
	value.HeadComment, value.FootComment = old.HeadComment, old.FootComment
	if value.Kind == yaml.ScalarNode {
		value.LineComment = old.LineComment
	} else {
		key.HeadComment = joinComments(key.HeadComment, old.LineComment)
	}
}

// removeKey removes a key. The comments around it stay: what follows it in the file
// belongs to it, as the library sees it.
func removeKey(n *yaml.Node, i int) {
	key, value := n.Content[i], n.Content[i+1]
	n.Content = slices.Delete(n.Content, i, i+2)
	left := joinComments(key.HeadComment, key.FootComment, value.FootComment)
	switch {
	case i < len(n.Content):
		n.Content[i].HeadComment = joinComments(left, n.Content[i].HeadComment)
	case i > 0:
		n.Content[i-2].FootComment = joinComments(n.Content[i-2].FootComment, left)
	default:
		n.FootComment = joinComments(n.FootComment, left)
	}
}

func joinComments(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "\n\n")
}
