package format

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A tomlKind is what a statement of a TOML file is.
type tomlKind int

const (
	tomlBlank   tomlKind = iota
	tomlComment          // a line that is only a comment
	tomlPair             // key = value
	tomlTable            // [header]
	tomlList             // [[header]]
)

// A tomlStatement is a statement with its text. A value may have several lines.
type tomlStatement struct {
	kind   tomlKind
	path   []string // of a header or a key, from the root on
	header []string // of a key: that of the table that it stands in
	before string   // its text up to the value; all of it, where there is no value
	value  string
	after  string // the rest of its last line: a comment, the line's end
}

func (s *tomlStatement) text() string { return s.before + s.value + s.after }

// below says whether a statement is about a path, or something below it.
func (s *tomlStatement) below(path []string) bool {
	return s.kind != tomlBlank && s.kind != tomlComment && len(s.path) >= len(path) && slices.Equal(s.path[:len(path)], path)
}

type tomlFile struct {
	statements []*tomlStatement
	end        string // of new lines
}

// readTOML splits a text into its statements, whose text together is the text. The
// library finds them; it does not look into numbers and dates, which stay as they
// are.
func readTOML(text string) (*tomlFile, error) {
	f := &tomlFile{end: "\n"}
	if first, _, _ := strings.Cut(text, "\n"); strings.HasSuffix(first, "\r") {
		f.end = "\r\n"
	}
	var p unstable.Parser
	p.Reset([]byte(text))
	defined := &tomlNames{}
	at := 0
	var header []string
	for p.NextExpression() {
		s, from, to := readStatement(&p, header)
		if s.kind != tomlPair {
			header = s.path
		}
		if !defined.add(s) {
			return nil, fmt.Errorf("line %d: %s is there already", 1+strings.Count(text[:from], "\n"), strings.Join(s.path, "."))
		}
		from = strings.LastIndexByte(text[:from], '\n') + 1
		f.lines(text[at:from])
		at = len(text)
		if end := strings.IndexByte(text[to:], '\n'); end >= 0 {
			at = to + end + 1
		}
		if s.kind == tomlPair {
			s.before, s.value, s.after = text[from:to-len(s.value)], text[to-len(s.value):to], text[to:at]
		} else {
			s.before = text[from:at]
		}
		f.statements = append(f.statements, s)
	}
	f.lines(text[at:])
	return f, tomlError(&p)
}

func tomlError(p *unstable.Parser) error {
	var syntax *unstable.ParserError
	if errors.As(p.Error(), &syntax) {
		return fmt.Errorf("line %d: %s", p.Shape(p.Range(syntax.Highlight)).Start.Line, syntax.Message)
	}
	return p.Error()
}

// readStatement takes over what the parser is at, and where it begins and ends.
func readStatement(p *unstable.Parser, header []string) (s *tomlStatement, from, to int) {
	e := p.Expression()
	path, first, last := keyOf(e)
	switch e.Kind {
	case unstable.Table:
		return &tomlStatement{kind: tomlTable, path: path}, first, last
	case unstable.ArrayTable:
		return &tomlStatement{kind: tomlList, path: path}, first, last
	}
	s = &tomlStatement{kind: tomlPair, path: slices.Concat(header, path), header: header, value: valueOf(p, e)}
	return s, first, int(e.Raw.Offset + e.Raw.Length)
}

// keyOf gives the names of a key and where it stands.
func keyOf(n *unstable.Node) (path []string, from, to int) {
	for key := n.Key(); key.Next(); {
		raw := key.Node().Raw
		if path == nil {
			from = int(raw.Offset)
		}
		to = int(raw.Offset + raw.Length)
		path = append(path, string(key.Node().Data))
	}
	return path, from, to
}

// valueOf gives the text of the value of a pair.
func valueOf(p *unstable.Parser, pair *unstable.Node) string {
	_, _, to := keyOf(pair)
	end := pair.Raw.Offset + pair.Raw.Length
	return strings.TrimLeft(string(p.Data()[to:end]), " \t=")
}

// lines adds lines without a statement.
func (f *tomlFile) lines(text string) {
	for text := range strings.SplitAfterSeq(text, "\n") {
		switch inside := strings.TrimSpace(text); {
		case text == "":
		case inside == "":
			f.statements = append(f.statements, &tomlStatement{kind: tomlBlank, before: text})
		default:
			f.statements = append(f.statements, &tomlStatement{kind: tomlComment, before: text})
		}
	}
}

// tomlRaw is a value of a base as it is written.
type tomlRaw string

// inlineTable reads {a = 1, b.c = 2}. Tables in it are read, too.
func inlineTable(text string) Object {
	var p unstable.Parser
	p.Reset([]byte("table = " + text))
	p.NextExpression()
	return inlineFields(&p, p.Expression().Value())
}

func inlineFields(p *unstable.Parser, table *unstable.Node) Object {
	fields := Object{}
	for pair := table.Children(); pair.Next(); {
		path, _, _ := keyOf(pair.Node())
		var v any = tomlRaw(valueOf(p, pair.Node()))
		if value := pair.Node().Value(); value.Kind == unstable.InlineTable {
			v = inlineFields(p, value)
		}
		for _, name := range slices.Backward(path[1:]) {
			v = Object{{name, v}}
		}
		fields = overlay(fields, Object{{path[0], v}})
	}
	return fields
}

// tomlNames is what is defined at a path, to refuse what is defined twice.
type tomlNames struct {
	kind   tomlKind // of what defined it; tomlBlank: only something below it
	dotted bool     // by a dotted key, so that no header can define it
	below  map[string]*tomlNames
}

// add adds what a statement defines. It is false where that is defined already.
func (n *tomlNames) add(s *tomlStatement) bool {
	for i, name := range s.path {
		last := i == len(s.path)-1
		if n.below == nil {
			n.below = make(map[string]*tomlNames)
		}
		next := n.below[name]
		inPair := s.kind == tomlPair && i >= len(s.header) // not in its header
		switch {
		case next == nil:
			next = &tomlNames{dotted: inPair && !last}
			n.below[name] = next
		case next.kind == tomlPair:
			return false
		case last && s.kind == tomlList:
			if next.kind != tomlList {
				return false
			}
			next.below = nil // the next item
		case last && (s.kind == tomlPair || next.kind != tomlBlank || next.dotted):
			return false
		case inPair && !last && !next.dotted:
			return false
		}
		if last {
			next.kind = s.kind
		}
		n = next
	}
	return true
}
