package detect

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRules: whatever a rule file holds, reading it ends, and each fault has a place that the file has.
func FuzzRules(f *testing.F) {
	l, err := newLibrary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(law)
	f.Add("name: A\nrules:\n- {id: a, name: \"\\x41\\\n b\", severity: 1, when: \"\\u0041 == process.nmae\"}")
	f.Add("name: A\nrules:\n- id: a\n  when: >\n\n    a\n\n     b.c\n  message: |2-\n      {{x}}")
	f.Add("name: 'a''b'\nlists: {l: []}\nrules: [{when: 'x in lists[\"l\"]', suppress: [1]}]")
	f.Add("? [a]\n: b\n--- x\n\xff")
	f.Add("name: A\nrules:\n- {id: a, name: R, severity: 1, when: 'has(process.x) && [1].all(lists, lists.x)', tests: [{event: {process: [], '@timestamp': x}}]}")
	f.Fuzz(func(t *testing.T, text string) {
		own := &library{compiler: l.compiler, files: []*ruleFile{parse(l.compiler.shape, "f", []byte(text))}}
		err := own.compile()
		if err == nil {
			for _, r := range own.files[0].rules {
				r.try(l.compiler.shape)
			}
			return
		}
		lines := strings.Split(breaks.Replace(text), "\n")
		for _, p := range err.(*Error).Problems {
			if p.Pos.Line < 1 || p.Pos.Column < 1 || p.Pos.Line > len(lines)+1 {
				t.Errorf("%s", p)
			}
			if utf8.ValidString(text) && p.Pos.Line <= len(lines) && p.Pos.Column > len([]rune(lines[p.Pos.Line-1]))+2 {
				t.Errorf("%s: the line has %d characters", p, len([]rune(lines[p.Pos.Line-1])))
			}
		}
	})
}
