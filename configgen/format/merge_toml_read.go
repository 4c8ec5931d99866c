package format

import (
	"strings"

	"github.com/BurntSushi/toml"
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
	if len(s.path) < len(path) || s.kind == tomlBlank || s.kind == tomlComment {
		return false
	}
	for i, name := range path {
		if s.path[i] != name {
			return false
		}
	}
	return true
}

type tomlFile struct {
	statements []*tomlStatement
	end        string // of new lines
}

// readTOML splits a text that is known to be TOML into its statements.
func readTOML(text string) *tomlFile {
	f := &tomlFile{end: "\n"}
	if first, _, _ := strings.Cut(text, "\n"); strings.HasSuffix(first, "\r") {
		f.end = "\r\n"
	}
	var header []string
	for text != "" {
		s := &tomlStatement{}
		at := len(text) - len(strings.TrimLeft(text, blanks))
		end := at
		switch {
		case text[at:] == "" || text[at] == '\n' || text[at] == '\r':
		case text[at] == '#':
			s.kind = tomlComment
		case strings.HasPrefix(text[at:], "[["):
			end = keyEnd(text, at+2, ']')
			s.kind, s.path = tomlList, keyPath(text[at+2:end])
			header = s.path
		case text[at] == '[':
			end = keyEnd(text, at+1, ']')
			s.kind, s.path = tomlTable, keyPath(text[at+1:end])
			header = s.path
		default:
			end = keyEnd(text, at, '=')
			s.kind, s.header = tomlPair, header
			s.path = append(header[:len(header):len(header)], keyPath(text[at:end])...)
			start := len(text) - len(strings.TrimLeft(text[end+1:], blanks))
			end = valueEnd(text, start)
			s.before, s.value = text[:start], text[start:end]
		}
		rest := text[end:]
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			rest = rest[:i+1]
		}
		if s.kind == tomlPair {
			s.after = rest
		} else {
			s.before = text[:end] + rest
		}
		f.statements, text = append(f.statements, s), text[end+len(rest):]
	}
	return f
}

// keyEnd finds the character that ends a key.
func keyEnd(text string, at int, end byte) int {
	for text[at] != end {
		at = next(text, at)
	}
	return at
}

// next goes over one character, or over a string.
func next(text string, at int) int {
	quote := text[at]
	if quote != '"' && quote != '\'' {
		return at + 1
	}
	mark := text[at : at+1]
	if three := strings.Repeat(mark, 3); strings.HasPrefix(text[at:], three) {
		mark = three
	}
	for at += len(mark); !strings.HasPrefix(text[at:], mark); at++ {
		if quote == '"' && text[at] == '\\' {
			at++
		}
	}
	at += len(mark)
	for len(mark) == 3 && at < len(text) && text[at] == quote { // """a""""" ends with two quotes in it
		at++
	}
	return at
}

// valueEnd finds the end of a value, of which no white space is a part.
func valueEnd(text string, from int) int {
	depth, end := 0, from
	for at := from; at < len(text); {
		switch c := text[at]; {
		case c == '#' && depth == 0, c == '\n' && depth == 0, c == ',' && depth == 0:
			return end
		case c == '#':
			at += strings.IndexByte(text[at:], '\n')
			continue
		case (c == ']' || c == '}') && depth == 0:
			return end
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
		blank := strings.IndexByte(" \t\r\n", text[at]) >= 0
		if at = next(text, at); !blank {
			end = at
		}
	}
	return end
}

// keyPath gives the names of a dotted key.
func keyPath(text string) []string {
	var path []string
	for from, at := 0, 0; ; {
		if at < len(text) && text[at] != '.' {
			at = next(text, at)
			continue
		}
		path = append(path, keyName(strings.Trim(text[from:at], blanks)))
		if at == len(text) {
			return path
		}
		at++
		from = at
	}
}

// keyName is a key without its quotes.
func keyName(text string) string {
	if !strings.HasPrefix(text, `"`) {
		return strings.Trim(text, "'")
	}
	var key struct{ Name string }
	_, _ = toml.Decode("name = "+text, &key) // it was decoded before
	return key.Name
}

// tomlRaw is a value of a base as it is written.
type tomlRaw string

// inlineTable reads {a = 1, b.c = 2}. Tables in it are read, too.
func inlineTable(text string) Object {
	table := Object{}
	for at := 1; ; {
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t\r\n,"))
		switch text[at] {
		case '}':
			return table
		case '#':
			at += strings.IndexByte(text[at:], '\n')
			continue
		}
		equal := keyEnd(text, at, '=')
		path := keyPath(strings.TrimSpace(text[at:equal]))
		from := len(text) - len(strings.TrimLeft(text[equal+1:], blanks))
		at = valueEnd(text, from)
		var v any = tomlRaw(text[from:at])
		if text[from] == '{' {
			v = inlineTable(text[from:at])
		}
		for i := len(path) - 1; i > 0; i-- {
			v = Object{{path[i], v}}
		}
		table = overlay(table, Object{{path[0], v}})
	}
}
