package configgen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/secrets"
)

func TestExisting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.json")
	profile, err := Parse("demo.yaml", []byte(`
name: demo
parameters:
  key: {required: true, secret: true}
  level: {default: info}
  path: {required: true}
files:
  - {path: "${path}", format: json, content: {key: "${key}"}}
setup:
  - {name: once, argv: [register, "${key}"], secret-argv: true, creates: "${path}"}
run: {argv: [agent, "--level=${level}"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	layers := []secrets.Layer{{Origin: "--set", Parameters: []secrets.Parameter{{Name: "path", FullName: "path", Value: secrets.NewValue(path)}}}}
	r, err := profile.ResolveExisting(layers)
	if err != nil {
		t.Fatalf("a missing secret is no error in an outage: %v", err)
	}
	if _, err := r.Existing(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that names the file that is not there", err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	applied, err := r.Existing()
	if err != nil || applied.SetupDue || len(applied.Unchanged) != 1 {
		t.Errorf("got %+v, %v, want one file, unchanged", applied, err)
	}
	if argv, err := r.Run(); err != nil || argv[1] != "--level=info" {
		t.Errorf("run %q, %v", argv, err)
	}
	if plan, err := r.Setup(false); err != nil || len(plan.Skipped) != 1 {
		t.Errorf("setup %v, %v, want the step skipped", plan, err)
	}
	if _, err := r.Setup(true); err == nil || !strings.Contains(err.Error(), "key") {
		t.Errorf("error %v, want one that names the secret the step needs", err)
	}
}
