package detect

import (
	"strings"
	"testing"
)

const head = "name: Own\nlists: {words: [a]}\nrules:\n"

// TestFaults: each fault has its place, and all of a file are said at once.
func TestFaults(t *testing.T) {
	t.Parallel()
	rule := func(lines ...string) string {
		return head + "- id: r\n  name: R\n" + "  " + strings.Join(lines, "\n  ") + "\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":           {"", "own.yaml:1:1: the file is empty"},
		"no yaml":         {"name: [", "own.yaml:1:1: not YAML"},
		"list":            {"- a\n", "own.yaml:1:1: a rule file must be a mapping"},
		"second document": {"name: A\n---\nname: B\n", "own.yaml:2:1: the file has a second document"},
		"no name":         {"rules: []\n", `own.yaml:1:1: a rule file has no "name"`},
		"unknown key":     {"name: A\nrulez: []\n", `own.yaml:2:1: unknown key "rulez" in a rule file; did you mean "rules"?`},
		"unknown rule key": {rule("severity: 1", "when: 'true'", "sevrity: 2"),
			`own.yaml:8:3: unknown key "sevrity" in a rule; did you mean "severity"?`},
		"key twice":          {"name: A\nname: B\n", `own.yaml:2:1: key "name" appears twice`},
		"alias":              {"name: &a A\nrules: *a\n", "own.yaml:1:7: anchor &a has no use"},
		"tag":                {"name: !!str A\n", "tag !!str is not read"},
		"severity 0":         {rule("severity: 0", "when: 'true'"), "own.yaml:6:13: severity: 0 is out of range; 1 to 3"},
		"severity 4":         {rule("severity: 4", "when: 'true'"), "own.yaml:6:13: severity: 4 is out of range"},
		"severity word":      {rule("severity: high", "when: 'true'"), `own.yaml:6:13: severity must be a whole number, not the string "high"`},
		"severity text":      {rule(`severity: "1"`, "when: 'true'"), `own.yaml:6:13: severity must be a whole number, not the string "1"; write it in digits, without quotes`},
		"name with comma":    {"name: A, B\n", `own.yaml:1:7: name "A, B"; use no commas`},
		"name with spaces":   {"name: ' A'\n", `own.yaml:1:7: name " A"; use no commas, and no spaces around it`},
		"text for a list":    {"name: A\nlists: {a: x}\n", `own.yaml:2:12: the list "a" must be a list ([a, b], or lines with a dash), not the string "x"; write ["x"]`},
		"byte order mark":    {"\ufeff{name: A, rules: [{id: r, severity: 1, when: process.nmae == ''}]}", `own.yaml:1:54: process has no field "nmae"`},
		"loop misspelt":      {rule("severity: 1", "when: process.args.exist(a, a == 'x')"), `own.yaml:7:22: there is no function "exist"; did you mean "exists"?`},
		"loop too short":     {rule("severity: 1", "when: process.args.exists(a)"), `own.yaml:7:22: exists() takes a variable and an expression; write e.g. process.args.exists(a, a == "x")`},
		"function of a type": {rule("severity: 1", "when: size(process.pid) > 1"), "own.yaml:7:9: size cannot be used on (int)"},
		"object":             {rule("severity: 1", "when: process"), "own.yaml:7:9: the expression is the object process, not true or false"},
		"object compared":    {rule("severity: 1", "when: container.image == 'x'"), "own.yaml:7:25: == cannot be used on (container.image, string); name one of its fields"},
		"field by index":     {rule("severity: 1", "when: process['nmae'] == 'x'"), "own.yaml:7:16: [...] cannot be used on (process, string); write e.g. process.name"},
		"severity float":     {rule("severity: 1.5", "when: 'true'"), "own.yaml:6:13: severity must be a whole number"},
		"when boolean":       {rule("severity: 1", "when: true"), `own.yaml:7:9: when must be a string, not the boolean true; put it in quotes: "true"`},
		"when empty":         {rule("severity: 1", "when: ''"), "own.yaml:7:9: when is empty"},
		"no when":            {rule("severity: 1"), `own.yaml:4:3: a rule has no "when"`},
		"id":                 {head + "- {id: 'A b', name: R, severity: 1, when: 'true'}\n", `own.yaml:4:8: id "A b"`},
		"id twice":           {head + "- {id: a, name: R, severity: 1, when: 'true'}\n- {id: a, name: R, severity: 1, when: 'true'}\n", `own.yaml:5:8: the id "a" appears twice; the first is in line 4`},
		"dedup":              {rule("severity: 1", "when: 'true'", "dedup: 60"), `own.yaml:8:10: dedup: "60" is not a duration`},
		"dedup negative":     {rule("severity: 1", "when: 'true'", "dedup: -1s"), `own.yaml:8:10: dedup: "-1s" is not a duration`},
		"dedup long":         {rule("severity: 1", "when: 'true'", "dedup: 25h"), "own.yaml:8:10: dedup"},
		"technique":          {rule("severity: 1", "when: 'true'", "technique: TA0011"), `own.yaml:8:14: technique "TA0011"`},
		"empty word":         {"name: A\nlists: {a: ['']}\n", "own.yaml:2:13: a word of the list \"a\" is empty"},
		"number in a list":   {"name: A\nlists: {a: [80]}\n", `own.yaml:2:13: a word of the list "a" must be a string, not the number 80`},
		"field":              {rule("severity: 1", "when: process.nmae == 'x'"), `own.yaml:7:17: process has no field "nmae"; did you mean "name"?`},
		"field deep":         {rule("severity: 1", "when: container.image.tga.size() > 0"), `own.yaml:7:25: container.image has no field "tga"; did you mean "tag"?`},
		"field in has":       {rule("severity: 1", "when: has(container.idd)"), `own.yaml:7:23: container has no field "idd"`},
		"field of an alert":  {rule("severity: 1", "when: rule.id == 'x'"), `own.yaml:7:9: an event has no "rule"; known: timestamp`},
		"variable":           {rule("severity: 1", "when: proces.name == 'x'"), `own.yaml:7:9: an event has no "proces"; did you mean "process"?`},
		"quoted":             {rule("severity: 1", "when: '\"it''s\" == process.nmae'"), `own.yaml:7:29: process has no field "nmae"`},
		"double quoted":      {rule("severity: 1", `when: "\"\u0041\" == process.nmae"`), `own.yaml:7:32: process has no field "nmae"`},
		"literal":            {rule("severity: 1", "when: |\n    true &&\n      process.nmae == ''"), `own.yaml:9:15: process has no field "nmae"`},
		"folded":             {rule("severity: 1", "when: >-\n    true &&\n    process.nmae == ''"), `own.yaml:9:13: process has no field "nmae"`},
		"plain, two lines":   {rule("severity: 1", "when: true &&\n    process.nmae == ''"), `own.yaml:8:13: process has no field "nmae"`},
		"syntax":             {rule("severity: 1", "when: process.name =="), "own.yaml:7:23: the condition ends too early; conditions are CEL"},
		"type":               {rule("severity: 1", "when: process.pid == '1'"), "own.yaml:7:21: == cannot be used on (int, string); text has quotes, a number has none"},
		"assignment":         {rule("severity: 1", "when: process.name = 'x'"), "own.yaml:7:22: cannot read '= '; conditions are CEL: == compares"},
		"has of an object":   {rule("severity: 1", "when: has(container)"), "own.yaml:7:13: has() takes a field; write e.g. has(container.id)"},
		"function":           {rule("severity: 1", "when: process.name.startWith('x')"), `own.yaml:7:22: there is no function "startWith"; did you mean "startsWith"?`},
		"in text":            {rule("severity: 1", "when: \"'x' in process.name\""), "in cannot be used on (string, string); in looks into a list"},
		"regexp of a field":  {rule("severity: 1", "when: process.name.matches(process.executable)"), "own.yaml:7:29: a regular expression is written out in the rule"},
		"not bool":           {rule("severity: 1", "when: process.name"), "own.yaml:7:9: the expression is string, not true or false"},
		"field of dyn":       {rule("severity: 1", "when: dyn(process).foo == 'x'"), "own.yaml:7:22: a field of a value whose type is not known cannot be checked"},
		"index of dyn":       {rule("severity: 1", "when: dyn(process)['foo'] == 'x'"), "a field of a value whose type is not known cannot be checked"},
		"field of a mix":     {rule("severity: 1", "when: '[process, 1][0].foo == 1'"), "a field of a value whose type is not known cannot be checked"},
		"dyn":                {rule("severity: 1", "when: dyn(process.name)"), "own.yaml:7:9: the expression is of a type that is not known, not true or false"},
		"suppress not bool":  {rule("severity: 1", "when: 'true'", "suppress: [process.name]"), "own.yaml:8:14: the expression is string"},
		"suppress field":     {rule("severity: 1", "when: 'true'", "suppress: ['true', process.nmae == '']"), `own.yaml:8:30: process has no field "nmae"`},
		"unknown list":       {rule("severity: 1", `when: process.name in lists["wrods"]`), `own.yaml:7:30: unknown list "wrods"; did you mean "words"?`},
		"list of another":    {rule("severity: 1", `when: process.name in lists["shells"]`), `unknown list "shells"`},
		"list by value":      {rule("severity: 1", `when: process.name in lists[process.name]`), "own.yaml:7:25: lists is used without the name of a list"},
		"lists":              {rule("severity: 1", `when: has(lists.words)`), "lists is used without the name of a list"},
		"struct":             {rule("severity: 1", `when: "google.protobuf.Int64Value{value: 1} == 1"`), "a rule cannot make a google.protobuf.Int64Value"},
		"regexp":             {rule("severity: 1", `when: process.name.matches("(")`), "own.yaml:7:30: this is not a regular expression"},
		"regexp large":       {rule("severity: 1", `when: process.name.matches("((a{40}){40}){40}")`), "own.yaml:7:"},
		"cost":               {rule("severity: 1", "when: process.args.exists(a, process.args.exists(b, process.args.exists(c, a + b == c)))"), "own.yaml:7:9: the expression may cost"},
		"cost of two loops":  {rule("severity: 1", "when: process.args.exists(a, process.args.exists(b, a.contains(b)))"), "own.yaml:7:9: the expression may cost"},
		"message":            {rule("severity: 1", "when: 'true'", "message: 'a {{process.nmae}} b'"), `own.yaml:8:17: message: an event has no field "process.nmae"; did you mean "name"?`},
		"message of objects": {rule("severity: 1", "when: 'true'", "message: '{{process}}'"), "own.yaml:8:15: message: {{process}} has fields of its own"},
		"message not closed": {rule("severity: 1", "when: 'true'", "message: '{{process.name'"), "own.yaml:8:15: message: {{ without }}"},
		"test":               {rule("severity: 1", "when: 'true'", "tests: [{match: true}]"), `own.yaml:8:11: a test has no "event"`},
		"test key":           {rule("severity: 1", "when: 'true'", "tests: [{match: true, event: {}, x: 1}]"), `unknown key "x" in a test`},
		"test match":         {rule("severity: 1", "when: 'true'", "tests: [{match: yes please, event: {}}]"), "match must be true or false"},
		"test field":         {rule("severity: 1", "when: 'true'", "tests: [{match: true, event: {process: {nmae: x}}}]"), `own.yaml:8:43: unknown field "nmae" of process; did you mean "name"?`},
		"test type":          {rule("severity: 1", "when: 'true'", "tests: [{match: true, event: {process: {pid: x}}}]"), "process.pid must be a whole number"},
		"test number":        {rule("severity: 1", "when: 'true'", "tests: [{match: true, event: {user: {id: 0}}}]"), `user.id must be a string, not the number 0; put it in quotes: "0"`},
		"test list":          {rule("severity: 1", "when: 'true'", "tests: [{match: true, event: {process: {args: ls}}}]"), "process.args must be a list"},
		"test time":          {rule("severity: 1", "when: 'true'", "tests: [{match: true, event: {'@timestamp': 2026-01-02}}]"), "is not a time"},
		"all at once": {rule("severity: 9", "when: process.nmae == ''", "dedup: x"),
			"own.yaml:6:13: severity: 9 is out of range; 1 to 3\nown.yaml:7:17: process has no field \"nmae\"; did you mean \"name\"?\nown.yaml:8:10: dedup"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := faults(t, map[string]string{"own.yaml": c.text}); !strings.Contains(got, c.want) {
				t.Errorf("%s\ngives %s\nwant  %s", c.text, got, c.want)
			}
		})
	}
}

// TestFaultsOfFiles are those between files, and of names of sets.
func TestFaultsOfFiles(t *testing.T) {
	t.Parallel()
	one := "rules: [{id: a, name: R, severity: 1, when: 'true'}]\n"
	for name, c := range map[string]struct {
		files map[string]string
		sets  []string
		want  string
	}{
		"id in two files": {
			map[string]string{"a.yaml": "name: A\n" + one, "b.yaml": "name: B\n" + one}, nil,
			`b.yaml:2:9: the id "a" appears twice; the first is at a.yaml:2:9`,
		},
		"list in two files": {
			map[string]string{"a.yaml": "name: A\nlists: {l: [x]}\n", "b.yaml": "name: A\nlists: {l: [y]}\n"}, nil,
			`b.yaml:2:9: the list "l" of "A" appears twice`,
		},
		"two without an id": {
			map[string]string{"a.yaml": "name: A\nrules: [{severity: 1, when: 'true'}]\n", "b.yaml": "name: B\nrules: [{severity: 1, when: 'true'}]\n"}, nil,
			"a.yaml:2:9: a rule has no \"id\"; add `id:`\nb.yaml:2:9: a rule has no \"id\"; add `id:`",
		},
		"unknown set": {map[string]string{"a.yaml": "name: Mine\n"}, []string{"My"}, `unknown rule set "My"; known: Mine`},
		"not UTF-8":   {map[string]string{"a.yaml": "name: A\n# \xff\n"}, nil, "a.yaml:2:3: the file is not UTF-8"},
		"other files": {map[string]string{"a.yml": "x", "b.txt": "y", ".d.yaml": "z", "c.yaml": "name: C\n"}, []string{"C"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := faults(t, c.files, c.sets...)
			if !strings.Contains(got, c.want) || strings.Count(got, "\n") > strings.Count(c.want, "\n") || c.want == "" && got != "" {
				t.Errorf("gives %q, want %q", got, c.want)
			}
		})
	}
	if _, err := Load(Options{Sets: []string{"base rule set"}}); err == nil || !strings.Contains(err.Error(), `did you mean "Base Rule Set"?`) {
		t.Errorf("a set in other letters: %v", err)
	}
	if _, err := Load(Options{Dirs: []string{t.TempDir() + "/none"}}); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("a directory that is not there: %v", err)
	}
}

// TestDirectoryTwice: a directory that is named twice has no rule or list twice.
func TestDirectoryTwice(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"a.yaml": "name: A\nlists: {l: [x]}\nrules: [{id: One, severity: 1, when: 'process.name in lists.l'}]\n"})
	rules, err := Load(Options{Sets: []string{"A"}, Dirs: []string{dir, dir}})
	if err != nil {
		t.Fatal(err)
	}
	if len(rules.rules) != 1 || rules.rules[0].name != "One" {
		t.Errorf("%d rules, the first is called %q", len(rules.rules), rules.rules[0].name)
	}
}
