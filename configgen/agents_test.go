package configgen

import (
	"bytes"
	"cmp"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// TestAgentsHostile puts values that break readers into every parameter of every agent's profile, beside the good values of
// its golden case. Each is refused, or is one value where it stands: the file has as many lines as with any other.
func TestAgentsHostile(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/agent-*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	tried := map[string]bool{}
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := section(archive, "profile")
		good := lines(section(archive, "ssm:/agent/prod"))
		if tried[name] || strings.HasSuffix(file, "-refused.txtar") {
			continue
		}
		tried[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := builtin(t, name)
			source, _ := profile.Source(name)
			for i := range p.Parameters {
				if !bytes.Contains(source, []byte("${"+p.Parameters[i].Name+"|raw}")) { // a file of its own: as it is
					tryHostile(t, p, p.Parameters[i].Name, good)
				}
			}
		})
	}
}

func section(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return strings.TrimSpace(string(f.Data))
		}
	}
	return ""
}

func tryHostile(t *testing.T, p *profile.Profile, name string, good []string) {
	t.Helper()
	d, _ := p.Parameter(name)
	height := map[string]int{} // by path
	for _, value := range append(hostile.Values, hostile.Invalid...) {
		if strings.TrimSpace(value) == "" {
			continue // counts as unset
		}
		if d.Type == profile.List && strings.Contains(strings.TrimSpace(value), cmp.Or(d.Separator, ",")) {
			continue // several items may be several lines
		}
		odd := secrets.Layer{Origin: "odd", Parameters: []secrets.Parameter{
			{Name: name, FullName: name, Value: secrets.NewValue(value), Type: "SecureString", Origin: "odd"},
		}}
		r, err := Resolve(p, []secrets.Layer{storeLayer(t, "ssm:/agent/prod", append([]string(nil), good...)), odd})
		if err != nil {
			continue
		}
		r.SetFacts(r.FactsNeeded(false, false), map[string]string{"host.name": "node-1"})
		files, err := r.Render()
		if err != nil {
			continue
		}
		for _, f := range files {
			got := bytes.Count(f.Content, []byte("\n"))
			if want, known := height[f.Path]; known && got != want {
				t.Errorf("%s %q: %s has %d lines, with other values %d:\n%s", name, value, f.Path, got, want, f.Content)
			}
			height[f.Path] = got
		}
	}
}
