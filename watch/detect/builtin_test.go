package detect

import (
	"strings"
	"testing"
)

// TestBuiltinRules: each built-in rule is complete, has tests of both kinds, and passes them.
func TestBuiltinRules(t *testing.T) {
	t.Parallel()
	l, err := newLibrary()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.compile(BaseRuleSet, DockerRuleSet); err != nil {
		t.Fatal(err)
	}
	for _, f := range l.files {
		for _, r := range f.rules {
			kinds := make(map[bool]int)
			for _, fixture := range r.tests {
				kinds[fixture.match]++
			}
			if kinds[true] == 0 || kinds[false] == 0 || len(r.techniques) == 0 || !strings.Contains(r.messageText, "{{where}}") || r.dedup == 0 {
				t.Errorf("%s: the rule is not complete: %d tests that match, %d that do not", r.at, kinds[true], kinds[false])
			}
			for _, p := range r.try(l.compiler.shape) {
				t.Error(p)
			}
		}
	}
}
