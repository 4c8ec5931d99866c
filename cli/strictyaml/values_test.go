package strictyaml

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestValues: each kind of value, and what is said of others.
func TestValues(t *testing.T) {
	t.Parallel()
	var r Reader
	read := map[string]func(n *yaml.Node){
		"text":    func(n *yaml.Node) { r.Text(n, "x") },
		"boolean": func(n *yaml.Node) { r.Boolean(n, "x") },
		"integer": func(n *yaml.Node) { r.Integer(n, "x", 1, 3) },
		"time":    func(n *yaml.Node) { r.Duration(n, "x") },
		"list":    func(n *yaml.Node) { r.Each(n, "x", func(n *yaml.Node) { r.Text(n, "an item") }) },
		"pairs":   func(n *yaml.Node) { r.Pairs(n, "x", func(_, n *yaml.Node) { r.Text(n, "a value") }) },
		"fields":  func(n *yaml.Node) { r.Fields(n, "x", "name", "size") },
	}
	for _, c := range []struct{ kind, text, want string }{
		{"text", "a", ""},
		{"text", "2026-01-02", ""},
		{"text", "''", ""},
		{"text", "5", `x must be a string, not the number 5; put it in quotes: "5"`},
		{"text", "null", `x must be a string, not nothing; put it in quotes: "null"`},
		{"text", "[a]", "x must be a string, not a list"},
		{"boolean", "false", ""},
		{"boolean", "yes", `x must be true or false, not the string "yes"; write true or false without quotes`},
		{"integer", "3", ""},
		{"integer", "'3'", `x must be a whole number, not the string "3"; write it in digits, without quotes`},
		{"integer", "4", "x: 4 is out of range; 1 to 3"},
		{"integer", "1.5", "x must be a whole number, not the number 1.5; write it in digits, without quotes"},
		{"time", "1m30s", ""},
		{"time", "30", `x: "30" is not a duration; write a number and its unit: 500ms, 30s, 1m30s`},
		{"time", "-1s", `x: "-1s" is not a duration; write a number and its unit: 500ms, 30s, 1m30s`},
		{"time", "~", "x must be a duration such as 30s, not nothing"},
		{"list", "[a, 5]", `an item must be a string, not the number 5; put it in quotes: "5"`},
		{"list", "a", `x must be a list ([a, b], or lines with a dash), not the string "a"; write ["a"]`},
		{"list", "~", "x must be a list ([a, b], or lines with a dash), not nothing"},
		{"pairs", "{a: b, c: d}", ""},
		{"pairs", "{a: b, a: c}", `key "a" appears twice in x; the first is in line 1; keep one`},
		{"pairs", "{1: b}", `key 1 in x is the number 1, not a string; write "1"`},
		{"pairs", "{[a]: b}", `key "" in x; a key is a plain string`},
		{"pairs", "a", `x must be a mapping (key: value), not the string "a"`},
		{"fields", "{name: a}", ""},
		{"fields", "{nmae: a}", `unknown key "nmae" in x; did you mean "name"?`},
		{"fields", "{colour: a}", `unknown key "colour" in x; known: name, size`},
		{"fields", "[a]", "x must be a mapping (key: value), not a list"},
	} {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(c.text), &doc); err != nil {
			t.Fatal(err)
		}
		r = Reader{File: "f"}
		read[c.kind](doc.Content[0])
		var got []string
		for _, p := range r.Problems {
			got = append(got, p.What+"; "+p.Fix)
		}
		if text := strings.TrimSuffix(strings.Join(got, "\n"), "; "); text != c.want {
			t.Errorf("%s of %s gives %q, want %q", c.kind, c.text, text, c.want)
		}
	}
}
