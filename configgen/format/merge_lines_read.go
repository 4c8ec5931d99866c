package format

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

const blanks = " \t"

// splitLines makes an entry of each line.
func splitLines(base []byte) (*lineFile, error) {
	if bytes.IndexByte(base, 0) >= 0 {
		return nil, errors.New("it holds a NUL byte: it is not text, or not in UTF-8")
	}
	text := withoutMark(base)
	f := &lineFile{mark: base[:len(base)-len(text)], end: "\n"}
	for text := range strings.SplitAfterSeq(string(text), "\n") {
		bare, ended := strings.CutSuffix(text, "\n")
		if ended {
			bare = strings.TrimSuffix(bare, "\r")
		}
		if text != "" {
			f.entries = append(f.entries, &entry{text: bare, end: text[len(bare):]})
		}
	}
	if len(f.entries) > 0 && f.entries[0].end == "\r\n" {
		f.end = "\r\n"
	}
	return f, nil
}

// join makes the lines of a value part of the entry of their key.
func (f *lineFile) join(at, lines int) {
	e := f.entries[at]
	for _, more := range f.entries[at+1 : at+lines] {
		e.text, e.end = e.text+e.end+more.text, more.end
	}
}

// inside is a line without the white space around it.
func (e *entry) inside() string { return strings.TrimSpace(e.text) }

func (e *entry) isComment() bool {
	return strings.HasPrefix(e.inside(), "#") || strings.HasPrefix(e.inside(), ";")
}

func (e *entry) indentation() int {
	return len(e.text) - len(strings.TrimLeft(e.text, blanks))
}

// parseINI finds sections, keys and comments.
func parseINI(base []byte) (*lineFile, error) {
	f, err := splitLines(base)
	if err != nil {
		return nil, err
	}
	f.sep, f.alike, f.write = " = ", true, leafText
	section := ""
	var entries []*entry
	for i, lines := 0, 1; i < len(f.entries); i += lines {
		e := f.entries[i]
		lines = 1
		text := e.inside()
		switch {
		case text == "":
		case e.isComment():
			e.kind = commentEntry
		case text[0] == '[':
			name, rest, closed := strings.Cut(text[1:], "]")
			if rest = strings.TrimSpace(rest); !closed || strings.TrimSpace(name) == "" || rest != "" && rest[0] != '#' && rest[0] != ';' {
				return nil, fmt.Errorf("line %d: a section is written [name]", i+1)
			}
			e.kind, section = headerEntry, strings.TrimSpace(name)
		case e.readINIKey():
			lines = f.iniValue(i)
			for _, more := range f.entries[i+1 : i+lines] {
				if more.isComment() {
					e.comments = append(e.comments, more.text)
				}
			}
			f.join(i, lines)
		case !iniDirective().MatchString(text):
			return nil, fmt.Errorf("line %d is not a key with a value, a [section] or a comment", i+1)
		}
		e.section = section
		entries = append(entries, e)
	}
	f.entries = entries
	return f, nil
}

// iniDirective is a line that no reader takes for a key with a value: an include
// (!includedir, .include, @INCLUDE), or a single word, as MySQL has.
var iniDirective = secrets.LazyRegexp(`^([!@%.].*|[^\s={}\[\]"]+)$`)

// readINIKey splits a line at its first = or, as Python's reader does, at a colon
// with a blank behind it.
func (e *entry) readINIKey() bool {
	at := strings.IndexByte(e.text, '=')
	if colon := strings.IndexByte(e.text, ':'); colon >= 0 && (at < 0 || colon < at && strings.IndexByte(blanks, e.text[colon+1]) >= 0) {
		at = colon
	}
	if at < 0 && iniWord().MatchString(e.inside()) {
		at = len(e.text)
	}
	return at >= 0 && e.readKey(at)
}

// iniWord is a key without a value.
var iniWord = secrets.LazyRegexp(`^[A-Za-z0-9_-]+$`)

// readKey takes a line apart whose separator is at an offset.
func (e *entry) readKey(at int) bool {
	left := strings.TrimRight(e.text[:at], blanks)
	e.key = strings.TrimLeft(left, blanks)
	e.before = left[:len(left)-len(e.key)]
	value := ""
	if at < len(e.text) {
		value = strings.TrimLeft(e.text[at+1:], blanks)
		e.sep = e.text[len(left) : len(e.text)-len(value)]
	}
	if value == "" && strings.HasPrefix(e.sep, " ") && !strings.HasSuffix(e.sep, " ") {
		e.sep += " " // `key =`
	}
	e.comments = nil
	if comment := commentBehind(value); comment != "" {
		e.comments = []string{e.text[:e.indentation()] + comment}
	}
	e.kind = keyEntry
	return e.key != ""
}

// commentBehind finds a comment behind a value: a # or ; that stands at its
// beginning or after a blank, and not in quotes.
func commentBehind(value string) string {
	from := quoted(value)
	for i := from; i < len(value); i++ {
		if (value[i] == '#' || value[i] == ';') && (i == 0 || strings.IndexByte(blanks, value[i-1]) >= 0) {
			return value[i:]
		}
	}
	return ""
}

// quoted is the length of the quotes that a value begins with and what is in them;
// 0: there are none, or they are not closed.
func quoted(value string) int {
	if value == "" || value[0] != '"' && value[0] != '\'' {
		return 0
	}
	for i := 1; i < len(value); i++ {
		switch {
		case value[i] == value[0]:
			return i + 1
		case value[i] == '\\' && value[0] == '"':
			i++
		}
	}
	return 0
}

// iniValue is how many lines a key and its value have. A value goes on in lines that
// are indented deeper than its key, and after a backslash in a line that is not a
// key itself (C:\dir\ is a value).
func (f *lineFile) iniValue(at int) int {
	key, lines := f.entries[at], 1
	for i, e := range f.entries[at+1:] {
		text := e.inside()
		if text == "" || e.isComment() {
			continue
		}
		after := strings.HasSuffix(f.entries[at+i].text, `\`) && lines == i+1 && !strings.Contains(text, "=")
		if text[0] == '[' || e.indentation() <= key.indentation() && !after {
			break
		}
		lines = i + 2
	}
	return lines
}
