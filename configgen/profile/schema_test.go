package profile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("profile.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("profile.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON is a document as an editor sees it: scalars are what YAML says they are.
func asJSON(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return asJSON(n.Content[0])
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = asJSON(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, asJSON(item))
		}
		return list
	}
	var v any
	if n.Tag == "!!timestamp" || n.Decode(&v) != nil {
		return n.Value
	}
	if f, ok := v.(float64); ok {
		return json.Number(fmt.Sprint(f))
	}
	return v
}

func validate(schema *jsonschema.Schema, data []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) == 0 {
		return fmt.Errorf("not YAML: %w", err)
	}
	return schema.Validate(asJSON(&doc))
}

// examples are all profiles of this repository that its tests and pages have.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"contract.yaml": contractProfile(t)}
	for _, p := range Builtins() {
		all[p.Name], _ = Source(p.Name)
	}
	for _, glob := range []string{"../testdata/*.txtar", "../../cmd/tsboot/testdata/script/*.txtar"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", glob, err)
		}
		for _, file := range files {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".yaml") {
					all[file+" "+f.Name] = f.Data
				}
			}
		}
	}
	whole, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(whole) == 0 {
		t.Fatalf("examples: %v", err)
	}
	for _, file := range whole {
		if all[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(data), "```yaml\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			if strings.HasPrefix(block, "name: ") {
				all[fmt.Sprintf("%s %d", page, i)] = []byte(block)
			}
		}
	}
	return all
}

// TestSchemaTakesWhatParseTakes: every profile of the tests, the pages and the
// program that is right is right to both.
func TestSchemaTakesWhatParseTakes(t *testing.T) {
	t.Parallel()
	schema, right := compiled(t), 0
	for name, data := range examples(t) {
		if _, err := Parse(name, data); err != nil {
			continue
		}
		right++
		if err := validate(schema, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if right < 20 {
		t.Errorf("only %d profiles are right", right)
	}
}

// wrongForBoth are the mistakes that a schema can see: each line is one, at the end of
// a profile that has nothing else.
var wrongForBoth = []string{
	`nmae: x`,
	`description: 5`,
	`detect: /opt/x`,
	`detect: [opt/x]`,
	`parameters: [a]`,
	`parameters: {a: 5}`,
	`parameters: {a: {requird: true}}`,
	`parameters: {a: {required: "yes"}}`,
	`parameters: {a: {secret: 1}}`,
	`parameters: {a: {type: strng}}`,
	`parameters: {a: {aliases: b}}`,
	`parameters: {a: {aliases: [B_c]}}`,
	`parameters: {a: {env: [A-B]}}`,
	`parameters: {a: {enum: []}}`,
	`parameters: {a: {pattern: 5}}`,
	`files: {path: /x}`,
	`files: [{format: json, content: {}}]`,
	`files: [{path: etc/x, format: json, content: {}}]`,
	`files: [{path: /x, format: jsn, content: {}}]`,
	`files: [{path: /x, content: {}}]`,
	`files: [{path: /x, format: json}]`,
	`files: [{path: /x, format: json, content: {}, text: a}]`,
	`files: [{path: /x, format: text, content: {}}]`,
	`files: [{path: /x, format: text, text: a, content: {}}]`,
	`files: [{path: /x, format: text, text: 5}]`,
	`files: [{path: /x, format: text, text: a, mode: "9"}]`,
	`files: [{path: /x, format: text, text: a, world-readable-secrets: "yes"}]`,
	`files: [{path: /x, format: text, text: a, dollar: single}]`,
	`files: [{path: /x, format: text, text: a, repeat: true}]`,
	`files: [{path: /x, format: json, content: {}, repeat: false}]`,
	`files: [{path: /x, format: json, content: {}, omit-empty: 1}]`,
	`files: [{path: /x, format: json, content: {}, when: [a]}]`,
	`files: [{path: /x, format: text, text: [5]}]`,
	`files: [{path: /x, format: text, text: [{when: a}]}]`,
	`files: [{path: /x, format: text, text: [{when: a, txt: b}]}]`,
	`parameters: {a: {separator: ";"}}`,
	`parameters: {a: {type: words, separator: ";"}}`,
	`parameters: {a: {type: list, separator: ""}}`,
	`files: [{path: /x, format: text, text: a, owner: ""}]`,
	`files: [{path: /x, format: text, text: a, owner: "a:"}]`,
	`files: [{path: /x, format: text, text: a, owner: ":a"}]`,
	`files: [{path: /x, format: text, text: a, owner: [a]}]`,
	`setup: [{argv: [a]}]`,
	`setup: [{name: a}]`,
	`setup: [{name: a, argv: []}]`,
	`setup: [{name: a, argv: a}]`,
	`setup: [{name: a, argv: [a], retires: 3}]`,
	`setup: [{name: a, argv: [a], retries: -1}]`,
	`setup: [{name: a, argv: [a], retries: 1001}]`,
	`setup: [{name: a, argv: [a], timeout: "5"}]`,
	`setup: [{name: a, argv: [a], timeout: soon}]`,
	`setup: [{name: a, argv: [a], ok-codes: []}]`,
	`setup: [{name: a, argv: [a], ok-codes: [256]}]`,
	`setup: [{name: a, argv: [a], creates: x}]`,
	`setup: [{name: a, argv: [a], stdin: [x]}]`,
	`setup: [{name: a, argv: [a], stdin: 5}]`,
	`before-start: {name: a}`,
	`before-start: [{name: a}]`,
	`before-start: [{name: a, argv: [a], inteval: 5s}]`,
	`run: {stop: [x]}`,
	`run: {stop: {}}`,
	`run: {stop: {argv: []}}`,
	`run: {stop: {argv: [x], timeout: 5s}}`,
	`run: {follow: {pidfile: /x, main: true}}`,
	`run: {follow: [{main: true}]}`,
	`run: {follow: [{pidfile: /x, mian: true}]}`,
	`run: {follow: [/run/x]}`,
	`run: {follow: []}`,
	`run: {argv: a}`,
	`run: {argv: []}`,
	`run: {restart: sometimes}`,
	`run: {restart: false}`,
	`run: {stop-signal: "TERM;"}`,
	`run: {stop-signal: 0}`,
	`run: {stop-signal: 100}`,
	`run: {grace: 25}`,
	`run: {on-refresh: reload}`,
	`run: {follow: last}`,
	`run: {follow: {}}`,
	`run: {follow: {pidfile: run/x}}`,
	`health: {}`,
	`health: {argv: [x], failures: 0}`,
	`health: {argv: [x], start-period: soon}`,
	`capabilities: AUDIT_CONTROL`,
	`capabilities: [CAP_AUDIT_CONTROL]`,
	`capabilities: [audit_control]`,
	`capabilities: [5]`,
	`tests: {name: a}`,
	`tests: [{values: {}}]`,
	`tests: [{name: a, files: {etc/x: a}}]`,
	`tests: [{name: a, files: {/etc/x: 5}}]`,
	`tests: [{name: a, argv: x}]`,
	`tests: [{name: a, env: {A-B: c}}]`,
	`tests: [{name: a, fles: {}}]`,
	`env: {set: {A-B: c}}`,
	`env: {set: {A: 5}}`,
	`env: {withhold: ["*X"]}`,
	`env: {pass: [1]}`,
	`env: {export: some}`,
}

func TestSchemaRefusesWhatParseRefuses(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for _, wrong := range wrongForBoth {
		data := []byte("name: x\n" + wrong + "\n")
		if _, err := Parse("x.yaml", data); err == nil {
			t.Errorf("%s: Parse takes it", wrong)
		}
		if validate(schema, data) == nil {
			t.Errorf("%s: the schema takes it", wrong)
		}
	}
	if validate(schema, []byte("description: x\n")) == nil || validate(schema, []byte("name: My Agent\n")) == nil {
		t.Error("the schema takes a profile without a name, or with a wrong one")
	}
}

// TestSchemaIsClosedAndDescribed: no mapping of the language takes an unknown key,
// and every key has a description.
func TestSchemaIsClosedAndDescribed(t *testing.T) {
	t.Parallel()
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	if root["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema %v", root["$schema"])
	}
	seen := 0
	var look func(path string, v any)
	look = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for i, item := range v {
				look(fmt.Sprintf("%s[%d]", path, i), item)
			}
		case map[string]any:
			properties, ok := v["properties"].(map[string]any)
			if ok && v["type"] == "object" {
				seen++
				if v["additionalProperties"] != false {
					t.Errorf("%s is open", path)
				}
				for name, property := range properties {
					if about, _ := property.(map[string]any)["description"].(string); about == "" || strings.ContainsAny(about, "`[") && strings.Contains(about, "](") {
						t.Errorf("%s.%s is described as %q", path, name, about)
					}
				}
			}
			for name, item := range v {
				look(path+"."+name, item)
			}
		}
	}
	look("", root)
	if want := len(tables()); seen < want {
		t.Errorf("%d mappings, want %d", seen, want)
	}
}

// FuzzSchema: what Parse takes, the schema takes.
func FuzzSchema(f *testing.F) {
	for _, data := range examples(f) {
		f.Add(data)
	}
	schema := compiled(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Parse("fuzz.yaml", data); err != nil {
			return
		}
		if err := validate(schema, data); err != nil {
			t.Errorf("%v\n%s", err, data)
		}
	})
}
