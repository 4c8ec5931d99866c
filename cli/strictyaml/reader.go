package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxSize is the largest file in bytes.
const MaxSize = 1 << 20

// maxDepth is more than any of these files needs, and safe for the stack.
const maxDepth = 64

// Reader reads one file and collects what is wrong with it.
type Reader struct {
	File     string // its name, for messages
	Problems []Problem
}

// Words are what messages say of a kind of file.
type Words struct {
	File   string // "the profile"
	Empty  string // what to do where it is empty
	Large  string // where it is too large
	Second string // where it has a second document
}

// Fail adds a problem at a node.
func (r *Reader) Fail(n *yaml.Node, fix, format string, args ...any) {
	r.FailAt(r.At(n), fix, format, args...)
}

// FailAt adds a problem at a place.
func (r *Reader) FailAt(at Pos, fix, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{Pos: at, What: fmt.Sprintf(format, args...), Fix: fix})
}

// At is the place of a node.
func (r *Reader) At(n *yaml.Node) Pos { return Pos{r.File, max(n.Line, 1), max(n.Column, 1)} }

// Document gives the root of the only document of a file; nil where something is wrong with it.
func (r *Reader) Document(data []byte, words Words) *yaml.Node {
	start := Pos{r.File, 1, 1}
	if len(data) > MaxSize {
		r.FailAt(start, words.Large, "%s is larger than %d bytes", words.File, MaxSize)
		return nil
	}
	if !utf8.Valid(data) {
		r.FailAt(r.firstInvalid(data), "save it as UTF-8", "%s is not UTF-8", words.File)
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := decoder.Decode(&doc); {
	case err != nil && !errors.Is(err, io.EOF):
		r.syntax(data, err)
		return nil
	case err != nil || len(doc.Content) != 1:
		r.FailAt(start, words.Empty, "%s is empty", words.File)
		return nil
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		r.Fail(&more, words.Second, "%s has a second document", words.File)
	case !errors.Is(err, io.EOF):
		r.syntax(data, err)
	}
	r.refuseFeatures(doc.Content[0], 0, words)
	if len(r.Problems) > 0 {
		return nil
	}
	return doc.Content[0]
}

// firstInvalid is the place of the first byte that is not UTF-8.
func (r *Reader) firstInvalid(data []byte) Pos {
	at := Pos{r.File, 1, 1}
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		switch {
		case c == utf8.RuneError && size == 1:
			return at
		case c == '\n':
			at.Line, at.Column = at.Line+1, 1
		default:
			at.Column++
		}
		data = data[size:]
	}
	return at
}

// refuseFeatures refuses what these files do not need and a hostile one uses: aliases (they can expand without end), tags,
// depth.
func (r *Reader) refuseFeatures(n *yaml.Node, depth int, words Words) {
	switch {
	case depth > maxDepth:
		r.Fail(n, "make it flatter", "%s is nested deeper than %d levels", words.File, maxDepth)
		return
	case n.Kind == yaml.AliasNode:
		r.Fail(n, "write the value out", "alias *%s: aliases are not read", Clip(n.Value))
		return
	case n.Anchor != "":
		r.Fail(n, "remove it; aliases are not read", "anchor &%s has no use", Clip(n.Anchor))
	case n.Style&yaml.TaggedStyle != 0:
		r.Fail(n, "remove it; quotes make a string", "tag %s is not read", Clip(n.Tag))
	}
	for _, c := range n.Content {
		r.refuseFeatures(c, depth+1, words)
	}
}
