package format

import (
	"fmt"
	"slices"
	"strings"
)

// mergeINI and mergeEnv replace and add lines, and leave every other line as it is.
// (The libraries for such files write all of it again, in quotes of their own.)

// An entryKind is what an entry of a base is.
type entryKind int

const (
	otherEntry   entryKind = iota // a blank line, an include, a word that has no value
	commentEntry                  // a line that is only a comment
	headerEntry                   // [section]
	keyEntry                      // a key with its value, of one line or more
)

// An entry is a line, or a key with all lines of its value.
type entry struct {
	kind    entryKind
	text    string // without the end of its last line
	end     string // "\n", "\r\n" or, at the end of the file, ""
	section string // that it stands in, or begins

	// Of a key.
	key      string
	before   string   // what stands before the key: white space, export
	sep      string   // what stands between key and value
	comments []string // behind the value and between its lines
}

// lineFile is a base of lines.
type lineFile struct {
	mark    []byte // a byte order mark, where the base begins with one
	entries []*entry
	end     string                    // of new lines
	sep     string                    // of new lines, where there is none to go by
	alike   bool                      // a new line is spaced as the one before it
	write   func(any) (string, error) // writes a value
}

// mergeINI lays keys and sections over an INI file.
func mergeINI(base []byte, over Object) ([]byte, error) {
	f, err := parseINI(base)
	if err != nil {
		return nil, err
	}
	for _, m := range over {
		if fields, isSection := m.Value.(Object); isSection {
			err = f.setSection(m.Key, fields)
		} else {
			err = f.set("", m)
		}
		if err != nil {
			return nil, err
		}
		if m.Value == nil {
			f.removeSection(m.Key)
		}
	}
	return f.bytes(), nil
}

// mergeEnv lays variables over a file of NAME=value.
func mergeEnv(base []byte, over Object) ([]byte, error) {
	f, err := parseEnv(base)
	if err != nil {
		return nil, err
	}
	for _, m := range over {
		if err := f.set("", m); err != nil {
			return nil, err
		}
	}
	return f.bytes(), nil
}

func (f *lineFile) bytes() []byte {
	b := slices.Clone(f.mark)
	for _, e := range f.entries {
		b = append(append(b, e.text...), e.end...)
	}
	return b
}

// setSection lays keys over a section. A new one goes to the end of the file.
func (f *lineFile) setSection(name string, fields Object) error {
	if f.header(name) < 0 {
		if len(fields) > 0 && len(overlay(nil, fields)) == 0 {
			return nil // only removes
		}
		if n := len(f.entries); n > 0 && !f.entries[n-1].blank() {
			f.insert(n, &entry{end: f.end})
		}
		f.insert(len(f.entries), &entry{kind: headerEntry, text: "[" + name + "]", end: f.end, section: name})
	}
	for _, m := range fields {
		if err := f.set(name, m); err != nil {
			return err
		}
	}
	return nil
}

// header finds the last header of a section; -1: there is none.
func (f *lineFile) header(section string) int {
	for i, e := range slices.Backward(f.entries) {
		if e.kind == headerEntry && e.section == section {
			return i
		}
	}
	return -1
}

// removeSection removes the headers and keys of a section. Comments stay.
func (f *lineFile) removeSection(name string) {
	for i := 0; i < len(f.entries); {
		if e := f.entries[i]; e.section == name && e.kind != commentEntry && !e.blank() {
			i += f.cut(i)
		} else {
			i++
		}
	}
}

// set gives a key its value: a list has a line for each item, null has none. The
// lines stand where the first old one stood; the other old ones go.
func (f *lineFile) set(section string, m Member) error {
	values, isList := m.Value.([]any)
	if !isList && m.Value != nil {
		values = []any{m.Value}
	}
	at, like := -1, entry{}
	for i := 0; i < len(f.entries); {
		e := f.entries[i]
		if e.kind != keyEntry || e.section != section || e.key != m.Key {
			i++
			continue
		}
		i += f.cut(i)
		if at < 0 {
			at, like = i, *e
		}
	}
	if at < 0 && len(values) > 0 {
		at, like = f.place(section)
	}
	if like.sep == "" { // the old line had a key and no value
		like.sep = f.sep
	}
	for _, v := range values {
		text, err := f.write(v)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Key, err)
		}
		f.insert(at, &entry{
			kind: keyEntry, section: section, key: m.Key, before: like.before, sep: like.sep, end: like.end,
			text: strings.TrimRight(like.before+m.Key+like.sep+text, " \t"),
		})
		at++
	}
	return nil
}

// cut removes an entry, but not its comments, which then stand on lines of their
// own: what is behind a value is a comment to some readers only. It says how many
// lines these are.
func (f *lineFile) cut(at int) int {
	e := f.entries[at]
	kept := make([]*entry, len(e.comments))
	for i, text := range e.comments {
		kept[i] = &entry{kind: commentEntry, text: text, end: f.end, section: e.section}
	}
	f.entries = slices.Replace(f.entries, at, at+1, kept...)
	return len(kept)
}

// place is where a new key of a section goes, and how it is written: at the
// section's end, before blank lines and before the comment above the next section;
// as the last key there, or in the file.
func (f *lineFile) place(section string) (at int, like entry) {
	from, to := f.header(section)+1, len(f.entries)
	for i, e := range f.entries[from:] {
		if e.kind == headerEntry {
			to = from + i
			for to > from && f.entries[to-1].kind == commentEntry {
				to--
			}
			break
		}
	}
	for to > from && f.entries[to-1].blank() {
		to--
	}
	if to == 0 && len(f.entries) > 0 && !f.entries[0].blank() {
		f.insert(0, &entry{end: f.end})
	}
	like = entry{end: f.end}
	for _, e := range slices.Backward(slices.Concat(f.entries, f.entries[from:to])) {
		if e.kind == keyEntry && e.sep != "" {
			like.before = e.before
			if f.alike {
				like.sep = e.sep
			}
			break
		}
	}
	return to, like
}

// insert adds an entry. The one before it gets an end, if it has none.
func (f *lineFile) insert(at int, e *entry) {
	if at > 0 && f.entries[at-1].end == "" {
		f.entries[at-1].end = f.end
	}
	if at < len(f.entries) && e.end == "" {
		e.end = f.end
	}
	f.entries = slices.Insert(f.entries, at, e)
}

func (e *entry) blank() bool { return e.kind == otherEntry && strings.TrimSpace(e.text) == "" }
