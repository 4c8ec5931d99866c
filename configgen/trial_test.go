package configgen

import (
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
)

// TestBuiltinProfilesPassTheirTests: a built-in profile with tests of its own passes them.
func TestBuiltinProfilesPassTheirTests(t *testing.T) {
	t.Parallel()
	for _, p := range profile.Builtins() {
		for i := range p.Tests {
			for _, d := range Try(p, &p.Tests[i]) {
				t.Errorf("%s: %s: %s", p.Name, p.Tests[i].Name, d)
			}
		}
	}
}

// TestTryBase: a base that is not on this machine matters to the files that a test names.
func TestTryBase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := profile.Parse("x.yaml", []byte(`name: x
files: [{path: /etc/a, format: ini, base: `+dir+`/base, content: {b: 2}}]
run: {argv: [agent]}
tests: [{name: argv, argv: [agent]}, {name: file, files: {/etc/a: "a=1\nb=2\n"}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	if found := Try(p, &p.Tests[0]); len(found) > 0 {
		t.Error(found)
	}
	if found := Try(p, &p.Tests[1]); len(found) != 1 || !strings.Contains(found[0].String(), "file /etc/a: x.yaml:2:") || !strings.Contains(found[0].What, "no such file") {
		t.Error(found)
	}
	write(t, dir+"/base", "a=1\n")
	if found := Try(p, &p.Tests[1]); len(found) > 0 {
		t.Error(found)
	}
}
