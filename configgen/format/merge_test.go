package format

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"
)

// TestMerge: testdata/merge has a base, a content and what is written, by format.
func TestMerge(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/merge/*.txtar")
	if len(files) != 5 {
		t.Fatal(files)
	}
	for _, file := range files {
		syntax := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(syntax, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			base, want := archive.Files[0].Data, string(archive.Files[2].Data)
			over := contentOf(t, archive.Files[1].Data)
			if got, err := Of(syntax).Merge(base, over); err != nil || string(got) != want {
				t.Errorf("%v\n%s", err, got)
			}
			windows := strings.ReplaceAll(string(base), "\n", "\r\n")
			got, err := Of(syntax).Merge([]byte("\ufeff"+strings.TrimSuffix(windows, "\r\n")), over)
			if text := strings.TrimPrefix(strings.ReplaceAll(string(got), "\r\n", "\n"), "\ufeff"); err != nil || strings.TrimSuffix(text, "\n") != strings.TrimSuffix(want, "\n") {
				t.Errorf("with a byte order mark, CRLF and no last end of line: %v\n%s", err, got)
			}
		})
	}
}

// contentOf reads a content as a profile has it.
func contentOf(t *testing.T, text []byte) Object {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return valueTree(t, doc.Content[0]).(Object)
}

func valueTree(t *testing.T, n *yaml.Node) (v any) {
	t.Helper()
	switch n.Kind {
	case yaml.MappingNode:
		fields := Object{}
		for i := 0; i < len(n.Content); i += 2 {
			fields = append(fields, Member{n.Content[i].Value, valueTree(t, n.Content[i+1])})
		}
		return fields
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, valueTree(t, item))
		}
		return list
	}
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if i, ok := v.(int); ok {
		return int64(i)
	}
	return v
}

// TestMergeNothing: over which nothing is laid, a base of lines stays byte for byte.
func TestMergeNothing(t *testing.T) {
	t.Parallel()
	for syntax, bases := range map[string][]string{
		"ini":  {"", "\n", "a=1", "a = 1\r\n[b]\r\n", "\xef\xbb\xbf[a]\nb", "[a]\nx=1\n y\n\n\tz\n", "\xff = latin\n"},
		"env":  {"", "A=1", "export A\r\nB='\r\n'\r\n", "A=\"\n\n\"  x\n#"},
		"toml": {"", "\n", "a=1", "a = [\r\n1]\r\n[b]\r\n", "[a]\n[[b.c]]#x\n"},
	} {
		for _, base := range bases {
			if got, err := Of(syntax).Merge([]byte(base), nil); err != nil || string(got) != base {
				t.Errorf("%s %q: %q, %v", syntax, base, got, err)
			}
		}
	}
}

// TestMergeRefuses: what is broken, or not a mapping, is not written over.
func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ syntax, base, want string }{
		{"json", "", "line 1: it ends in the middle"},
		{"json", "{\"a\": 1,\n", "line 2: "},
		{"json", "[1]", "not a mapping"},
		{"json", "\"x\"", "not a mapping"},
		{"json", "null", "not a mapping"},
		{"json", "{}\n{}", "line 2: something follows"},
		{"json", "{\n// comment\n}", "line 2: "},
		{"json", "{\"a\": 1,\n\"a\": 2}", "line 2: duplicate"},
		{"json", "{\"a\": \"\xff\"}", "line 1: invalid UTF-8"},
		{"yaml", "", "not a mapping"},
		{"yaml", "# nothing\n", "not a mapping"},
		{"yaml", "- a\n", "not a mapping"},
		{"yaml", "text", "not a mapping"},
		{"yaml", "a: 1\nb: [\n", "line "},
		{"yaml", "a: 1\n---\nb: 2\n", "line 2: a second document"},
		{"yaml", "a: 1\n---\n{", "line "},
		{"yaml", "a:\n  b: 1\n  b: 2\n", "line 3: key \"b\" appears twice"},
		{"yaml", "a: &x [*x]\n", "line 1: *x stands inside"},
		{"yaml", "a: *x\n", "unknown anchor"},
		{"yaml", "x: &x 1\na: {<<: *x}\n", "line 2: << names what is not a mapping"},
		{"yaml", "a: {<<: [{b: 1}, [c]]}\n", "line 1: << names what is not a mapping"},
		{"toml", "a = 1\na = 2\n", "line 2: "},
		{"toml", "a = \n", "line 1: "},
		{"toml", "[a", "line 1: "},
		{"ini", "a\x00=1", "NUL"},
		{"ini", "a = 1\n[b\n", "line 2: a section is written [name]"},
		{"ini", "[]\n", "line 1: "},
		{"ini", "=1\n", "line 1 is not a key"},
		{"ini", "a = 1\n  more\n\nthis is no key\n", "line 4 is not a key"},
		{"ini", "{\n", "line 1 is not"},
		{"env", "A=1\nthis is no variable\n", "line 2 is not NAME=value"},
		{"env", "if true; then A=1; fi\n", "line 1 is not"},
		{"env", "[a]\n", "line 1 is not"},
		{"env", "A='x\nB=1\n", "line 1: the quote is not closed"},
	} {
		if got, err := Of(c.syntax).Merge([]byte(c.base), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %q, %v, want %s", c.syntax, c.base, got, err, c.want)
		}
	}
}

// TestAliasesThatGrow: nine anchors, each nine times the one before.
func TestAliasesThatGrow(t *testing.T) {
	t.Parallel()
	base := "a0: &a0 {x: 1}\n"
	for i := range 9 {
		n, last := string(rune('1'+i)), string(rune('0'+i))
		base += "a" + n + ": &a" + n + " [" + strings.Repeat("*a"+last+", ", 9) + "]\n"
	}
	if _, err := mergeYAML([]byte(base+"b: *a9\n"), Object{{"b", Object{{"c", "d"}}}}); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
}

// FuzzMerge: whatever a base is, it is refused, or merged into what can be read again.
func FuzzMerge(f *testing.F) {
	files, _ := filepath.Glob("testdata/merge/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	over := Object{{"a", Object{{"b", "x"}, {"c", nil}}}, {"d", nil}, {"e", "y"}, {"f", Object{{"g", []any{"z"}}}}}
	lines := Object{{"a", Object{{"b", "x"}, {"c", nil}}}, {"d", nil}, {"e", "y"}}
	variables := Object{{"A", "it's"}, {"B", nil}, {"C", "x y"}}
	f.Fuzz(func(t *testing.T, base []byte) {
		for syntax, over := range map[string]Object{"json": over, "yaml": over, "toml": over, "ini": lines, "env": variables} {
			merged, err := Of(syntax).Merge(base, over)
			if err != nil {
				continue
			}
			if again, err := Of(syntax).Merge(merged, over); err != nil {
				t.Errorf("%s: %v\nbase:\n%q\nmerged:\n%q\nagain:\n%q", syntax, err, base, merged, again)
			}
		}
	})
}
