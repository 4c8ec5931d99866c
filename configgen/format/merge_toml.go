package format

import (
	"bytes"
	"slices"
	"strings"
)

// mergeTOML changes the statements of the base that the content names, and keeps the
// text of all others. (Libraries that write TOML keep no comments, or lay out the
// whole file again.)
func mergeTOML(base []byte, over Object) ([]byte, error) {
	f, err := readTOML(string(withoutMark(base)))
	if err != nil {
		return nil, err
	}
	if err := f.merge(nil, over); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, s := range f.statements {
		b.WriteString(s.text())
	}
	return b.Bytes(), nil
}

// merge lays fields over a table that is not inline. path names it.
func (f *tomlFile) merge(path []string, fields Object) error {
	for _, m := range fields {
		if err := f.member(slices.Concat(path, []string{m.Key}), m.Value); err != nil {
			return err
		}
	}
	return nil
}

func (f *tomlFile) member(path []string, v any) error {
	pair, table, list := f.find(path)
	fields, isObject := v.(Object)
	switch {
	case isObject && table && !list:
		return f.merge(path, fields)
	case v == nil:
		return f.removeKey(path)
	case pair == nil:
		return f.add(path, Pruned(v), f.remove(path))
	case isObject && strings.HasPrefix(pair.value, "{"):
		v = overlay(inlineTable(pair.value), fields)
	}
	text, err := tomlText(Pruned(v))
	pair.value = text
	return err
}

// find says what the base has at a path: a key with a value, or a table, which may
// be a list of tables.
func (f *tomlFile) find(path []string) (pair *tomlStatement, table, list bool) {
	for _, s := range f.statements {
		switch {
		case !s.below(path):
		case len(s.path) > len(path) || s.kind == tomlTable:
			table = true
		case s.kind == tomlPair:
			pair = s
		case s.kind == tomlList:
			table, list = true, true
		}
	}
	return pair, table, list
}

// removeKey removes what the base has at a path. A table that only its keys make
// (a.b = 1, [a.b]) stays, as an empty one.
func (f *tomlFile) removeKey(path []string) error {
	f.remove(path)
	parent := path[:len(path)-1]
	if _, table, _ := f.find(parent); table || len(parent) == 0 {
		return nil
	}
	return f.add(parent, Object{}, len(f.statements))
}

// remove removes what the base has at a path and below, with the blank lines behind
// it. Comments stay. It says where new tables go: in the place of the first one that
// was removed, or to the end.
func (f *tomlFile) remove(path []string) (at int) {
	at = -1
	var kept []*tomlStatement
	removed := false
	for _, s := range f.statements {
		blank := s.kind == tomlBlank
		if removed = s.below(path) || removed && blank; !removed {
			kept = append(kept, s)
		} else if at < 0 && (s.kind == tomlTable || s.kind == tomlList) {
			at = len(kept)
		}
	}
	if f.statements = kept; at < 0 {
		at = len(kept)
	}
	return at
}

// add adds what the base does not have: a plain value to its table, a table or a
// list of tables at an offset.
func (f *tomlFile) add(path []string, v any, tablesAt int) error {
	parent, key := path[:len(path)-1], path[len(path)-1]
	at, header, found := f.bodyOf(parent)
	if tablesOf(v) != nil && !(found && len(header) < len(parent)) {
		return f.addTables(tablesAt, parent, Object{{key, v}})
	}
	if !found {
		above, name := parent[:len(parent)-1], parent[len(parent)-1]
		return f.addTables(len(f.statements), above, Object{{name, Object{{key, v}}}})
	}
	text, err := tomlText(v)
	keys := make([]string, 0, len(path))
	for _, name := range path[len(header):] {
		keys = append(keys, tomlKey(name))
	}
	if at < len(f.statements) && f.statements[at].kind != tomlPair && f.statements[at].kind != tomlBlank {
		f.insert(at, &tomlStatement{kind: tomlBlank, after: f.end}) // before a header
	}
	f.insert(at, &tomlStatement{
		kind: tomlPair, path: path, header: header,
		before: f.indentation(at) + strings.Join(keys, ".") + " = ", value: text, after: f.end,
	})
	return err
}

// bodyOf finds where a table takes a new key, and the header there. A table without
// a header may be made of dotted keys (a.b = 1) in another: then no header can add
// to it. Where it is not found, a new header can.
func (f *tomlFile) bodyOf(path []string) (at int, header []string, found bool) {
	if len(path) == 0 {
		at, found = f.bodyEnd(0), true
	}
	for i, s := range f.statements {
		switch {
		case s.kind == tomlTable && slices.Equal(s.path, path):
			return f.bodyEnd(i + 1), path, true
		case s.kind == tomlPair && len(s.header) < len(path) && s.below(path):
			at, header, found = i+1, s.header, true
		}
	}
	return at, header, found
}

// bodyEnd is the end of a body that begins at a statement: before blank lines, and
// before the comment above the next header.
func (f *tomlFile) bodyEnd(from int) int {
	to := len(f.statements)
	for i, s := range f.statements[from:] {
		if s.kind == tomlTable || s.kind == tomlList {
			for to = from + i; to > from && f.statements[to-1].kind == tomlComment; {
				to--
			}
			break
		}
	}
	for to > from && f.statements[to-1].kind == tomlBlank {
		to--
	}
	return to
}

// indentation is that of the statement before a new one.
func (f *tomlFile) indentation(at int) string {
	if at == 0 || f.statements[at-1].kind != tomlPair {
		return ""
	}
	before := f.statements[at-1].before
	return before[:len(before)-len(strings.TrimLeft(before, blanks))]
}

// addTables adds tables, with a blank line before and behind them.
func (f *tomlFile) addTables(at int, path []string, fields Object) error {
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = tomlKey(name)
	}
	var b bytes.Buffer
	if err := writeTOML(&b, strings.Join(names, "."), fields); err != nil {
		return err
	}
	tables, err := readTOML(strings.ReplaceAll(b.String(), "\n", f.end))
	if err != nil {
		return err
	}
	added := tables.statements
	blank := &tomlStatement{kind: tomlBlank, after: f.end}
	if at > 0 && f.statements[at-1].kind != tomlBlank {
		added = slices.Insert(added, 0, blank)
	}
	if at < len(f.statements) && f.statements[at].kind != tomlBlank {
		added = append(added, blank)
	}
	for i, s := range added {
		f.insert(at+i, s)
	}
	return nil
}

// insert adds a statement. The one before it gets an end, if it has none.
func (f *tomlFile) insert(at int, s *tomlStatement) {
	if at > 0 {
		if last := f.statements[at-1]; !strings.HasSuffix(last.text(), "\n") {
			last.after += f.end
		}
	}
	f.statements = slices.Insert(f.statements, at, s)
}
