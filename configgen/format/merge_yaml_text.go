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
