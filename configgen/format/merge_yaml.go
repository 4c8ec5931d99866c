package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

func readYAML(base []byte) (*yaml.Node, error) {
	base = bytes.ReplaceAll(base, []byte("\r\n"), []byte("\n")) // the library leaves the \r in comments
	d := yaml.NewDecoder(bytes.NewReader(base))
	var doc, more yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, errNoMapping
	} else if err != nil {
		return nil, yamlError(err)
	}
	if err := d.Decode(&more); err == nil {
		return nil, fmt.Errorf("line %d: a second document begins", more.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlError(err)
	}
	return &doc, nil
}

// yamlError is an error of the library without its name.
func yamlError(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
}

// maxNodes limits what aliases may become when they are written out.
const maxNodes = 1 << 18

// yamlMerge changes a document. An alias stands for what its anchor had: before a
// node with an anchor is changed, its aliases are written out.
type yamlMerge struct {
	aliases map[*yaml.Node][]*yaml.Node // of each node with an anchor
	written int                         // nodes that aliases became
}

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
	}
	open = append(open, n)
	for _, c := range n.Content {
		if err := m.survey(c, open); err != nil {
			return err
		}
	}
	return nil
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

// writeOut replaces a merge key (<<) that gives a key by the keys that it gives:
// readers differ in what wins over it.
func (m *yamlMerge) writeOut(n *yaml.Node, key string) error {
	at := slices.IndexFunc(n.Content, isMergeKey)
	if at < 0 || at%2 != 0 {
		return nil
	}
	sources := []*yaml.Node{n.Content[at+1]}
	if sources[0].Kind == yaml.SequenceNode {
		sources = sources[0].Content
	}
	given, gives := &yaml.Node{Kind: yaml.MappingNode}, key == ""
	for _, source := range sources {
		all, err := m.copy(source)
		if err != nil {
			return err
		}
		if all.Kind != yaml.MappingNode {
			return fmt.Errorf("line %d: << names what is not a mapping", n.Content[at].Line)
		}
		if err := m.writeOutAll(all); err != nil {
			return err
		}
		for i := 0; i < len(all.Content); i += 2 {
			k := all.Content[i]
			gives = gives || k.Value == key
			if k.Kind != yaml.ScalarNode || keyAt(n, k.Value) < 0 && keyAt(given, k.Value) < 0 {
				given.Content = append(given.Content, k, all.Content[i+1])
			}
		}
	}
	if !gives {
		return nil
	}
	if err := m.drop(n.Content[at+1]); err != nil {
		return err
	}
	n.Content = slices.Insert(n.Content, at+2, given.Content...)
	removeKey(n, at)
	return nil
}

// writeOutAll is writeOut whatever the merge key gives.
func (m *yamlMerge) writeOutAll(n *yaml.Node) error { return m.writeOut(n, "") }

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

// writeMerged writes the document. The library misplaces comments in places where
// they change what is read: then it is written without comments.
func writeMerged(doc *yaml.Node) ([]byte, error) {
	for range 2 {
		var b bytes.Buffer
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		if err := e.Encode(doc); err != nil {
			return nil, err
		}
		if err := e.Close(); err != nil {
			return nil, err
		}
		if again, err := readYAML(b.Bytes()); err == nil && sameNodes(doc, again) {
			return b.Bytes(), nil
		}
		withoutComments(doc)
	}
	return nil, errors.New("it cannot be written again as it was read")
}

func withoutComments(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, c := range n.Content {
		withoutComments(c)
	}
}

// sameNodes compares what a reader sees.
func sameNodes(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && a.Anchor == b.Anchor &&
		slices.EqualFunc(a.Content, b.Content, sameNodes)
}
