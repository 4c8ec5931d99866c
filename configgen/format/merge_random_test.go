package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/ini.v1"
)

// TestMergeRandom: what an independent reader sees in the merged file is what it
// sees in the base, with the content over it.
func TestMergeRandom(t *testing.T) {
	t.Parallel()
	for syntax, write := range map[string]func(*rand.Rand) string{
		"json": randomJSON, "yaml": randomYAML, "toml": randomTOML, "ini": randomINI, "env": randomEnv,
	} {
		t.Run(syntax, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(500) {
				r := rand.New(rand.NewPCG(seed, 1))
				base := write(r)
				over := randomContent(r, Of(syntax), 0)
				if !mergesAsRead(t, syntax, base, over) {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

func mergesAsRead(t *testing.T, syntax, base string, over Object) bool {
	t.Helper()
	for name, read := range readers[syntax] {
		if syntax == "ini" {
			read = readSections
		}
		was, err := read([]byte(base))
		if name == "goccy" { // takes a merge key for one more key, or for one that wins
			first, _ := readers["yaml"]["yaml/v3"]([]byte(base))
			if fmt.Sprint(normal(first)) != fmt.Sprint(normal(was)) {
				continue
			}
		}
		if err != nil {
			t.Errorf("%s by %s: %v\n%s", syntax, name, err, base)
			return false
		}
		merged, err := Of(syntax).Merge([]byte(base), over)
		if err != nil {
			t.Errorf("%s: merge: %v\n%s\n%v", syntax, err, base, over)
			return false
		}
		got, err := read(merged)
		want := overMap(was, over, syntax)
		if syntax == "ini" { // an empty section is none
			got, want = withoutEmpty(got), withoutEmpty(want)
		}
		if err != nil || fmt.Sprint(normal(got)) != fmt.Sprint(normal(want)) {
			t.Errorf("%s by %s: %v\ngot  %v\nwant %v\nbase:\n%s\nover: %v\nmerged:\n%s", syntax, name, err, normal(got), normal(want), base, over, merged)
			return false
		}
		if !json.Valid(merged) && strings.Count(string(merged), "# c") < strings.Count(base, "\n# c") {
			t.Errorf("%s: a comment is lost\n%s\nbase:\n%s\nover: %v", syntax, merged, base, over)
			return false
		}
	}
	return true
}

// overMap is the rule, in its simplest form.
func overMap(base map[string]any, over Object, syntax string) map[string]any {
	merged := map[string]any{}
	for k, v := range base {
		merged[k] = v
	}
	for _, m := range over {
		fields, isObject := m.Value.(Object)
		old, _ := merged[m.Key].(map[string]any)
		switch {
		case m.Value == nil:
			delete(merged, m.Key)
		case isObject:
			merged[m.Key] = overMap(old, fields, syntax)
		default:
			if merged[m.Key] = readBack(m.Value); syntax == "ini" || syntax == "env" {
				merged[m.Key], _ = leafText(m.Value)
			}
		}
	}
	return merged
}

func readBack(v any) any {
	switch v := v.(type) {
	case Object:
		return overMap(nil, v, "")
	case []any:
		list := []any{}
		for _, item := range v {
			if fields, ok := item.(Object); ok {
				m := map[string]any{}
				for _, f := range fields {
					m[f.Key] = readBack(f.Value)
				}
				item = m
			}
			list = append(list, item)
		}
		return list
	}
	return v
}

// normal writes a value so that what two readers give can be compared.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, item := range v {
			m[k] = normal(item)
		}
		return m
	case map[any]any:
		m := map[string]any{}
		for k, item := range v {
			m[fmt.Sprint(k)] = normal(item)
		}
		return m
	case []map[string]any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = normal(item)
		}
		return list
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = normal(item)
		}
		return list
	}
	return fmt.Sprint(v)
}

func readSections(b []byte) (map[string]any, error) {
	f, err := ini.LoadSources(ini.LoadOptions{AllowPythonMultilineValues: true, IgnoreInlineComment: true}, b)
	if err != nil {
		return nil, err
	}
	m := map[string]any{}
	for _, section := range f.Sections() {
		to := m
		if section.Name() != ini.DefaultSection {
			to = map[string]any{}
			m[section.Name()] = to
		}
		for _, k := range section.Keys() {
			to[k.Name()] = k.String()
		}
	}
	return m, nil
}

func withoutEmpty(m map[string]any) map[string]any {
	kept := map[string]any{}
	for k, v := range m {
		if section, ok := v.(map[string]any); !ok || len(section) > 0 {
			kept[k] = v
		}
	}
	return kept
}

// TestPythonReadsTheBase: what the content does not name, PyYAML, tomllib and
// configparser read as before: YAML 1.1 takes `yes` and 0644 for other things than
// YAML 1.2.
func TestPythonReadsTheBase(t *testing.T) {
	t.Parallel()
	bases := map[string]string{
		"yaml": "a: yes\nb: 0644\nc: 2001-01-02\nd: 1:20\ne: .5\nf: 1e3\ng: ~\nh: 0o17\ni: 1_000\nk: &x {l: On, m: [no, !!str 1]}\nn: *x\no: {<<: *x, p: n}\nq: 'y'\nr: |+\n  t\n\ns: >\n  a\n  b\nt: \"\\u263a\\\n  x\"\n? u\n: v\ny: 0x1F\n",
		"toml": "a = 1979-05-27\nb = 0x1F\nc = 1e3\nd = '''\nx'''\nf = {g = 07:32:00, h.i = [1,\n2]}\n[j]\nk.l = 1\n[[m]]\n[m.n]\no = 1\n",
		"ini":  "a = 1\nb: 2\nc = x\n  y\n\n  z\nd =\n# e = 1\n",
	}
	for syntax, base := range bases {
		t.Run(syntax, func(t *testing.T) {
			t.Parallel()
			needPython(t)
			read := func(data []byte) map[string]any {
				program := strings.ReplaceAll(pythonReaders[syntax], "print(json.dumps(", "print(json.dumps(default=repr, obj=(")
				if syntax == "ini" {
					program = strings.Replace(program, `))`+"\n", `))`+"\n", 1)
				}
				program = strings.TrimRight(program, "\n") + ")"
				c := exec.Command("python3", "-c", program)
				c.Stdin = bytes.NewReader(data)
				out, err := c.Output()
				if err != nil {
					t.Fatalf("%v\n%s\n%s", err, program, data)
				}
				got := map[string]any{}
				if err := json.Unmarshal(out, &got); err != nil {
					t.Fatal(err)
				}
				return got
			}
			want := read([]byte(base))
			over := Object{{"new", "yes"}}
			if syntax == "yaml" { // the anchor goes away
				over = append(over, Member{"k", Object{{"l", nil}}})
				delete(want["k"].(map[string]any), "l")
			}
			merged, err := Of(syntax).Merge([]byte(base), over)
			if err != nil {
				t.Fatal(err)
			}
			want["new"] = "yes"
			if got := read(merged); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v\n%s", got, want, merged)
			}
		})
	}
}

// TestTOMLDefinedTwice: what tomllib refuses as defined twice is refused, and nothing
// else.
func TestTOMLDefinedTwice(t *testing.T) {
	t.Parallel()
	needPython(t)
	var texts []string
	var errs []error
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 2))
		f, err := readTOML(randomTOML(r))
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.statements {
			if j := r.IntN(len(f.statements)); r.IntN(8) == 0 {
				f.statements[i], f.statements[j] = f.statements[j], f.statements[i]
			}
		}
		var text strings.Builder
		for _, s := range f.statements {
			text.WriteString(s.text())
		}
		_, err = readTOML(text.String())
		texts, errs = append(texts, text.String()), append(errs, err)
	}
	input, _ := json.Marshal(texts)
	c := exec.Command("python3", "-c", `import sys, json, tomllib
def reads(text):
    try: tomllib.loads(text)
    except tomllib.TOMLDecodeError: return False
    return True
print(json.dumps([reads(text) for text in json.load(sys.stdin)]))`)
	c.Stdin = bytes.NewReader(input)
	out, err := c.Output()
	var reads []bool
	if err := errors.Join(err, json.Unmarshal(out, &reads)); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i, err := range errs {
		if (err == nil) != reads[i] {
			t.Errorf("%v, tomllib reads it: %v\n%s", err, reads[i], texts[i])
		}
		if err != nil {
			refused++
		}
	}
	if refused < 50 || refused > 950 {
		t.Errorf("%d of %d are refused", refused, len(errs))
	}
}
