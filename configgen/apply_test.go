//go:build linux

package configgen

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

const applyProfile = `
name: x
parameters:
  key: {default: one}
files:
  - {path: DIR/etc/a.json, format: json, content: {key: "${key}"}}
  - {path: DIR/etc/b.json, format: json, content: {fixed: 1}}
setup:
  - {name: register, argv: [/bin/register], creates: DIR/registered}
  - {name: always, argv: [/bin/always]}
`

// boot does what a boot does up to setup, and says which steps would run.
func boot(t *testing.T, text, key string) (fileset.Applied, []string) {
	t.Helper()
	p, err := profile.Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Resolve(p, []secrets.Layer{{Origin: "ssm:/x", Parameters: []secrets.Parameter{
		{Name: "key", FullName: "/x/key", Value: secrets.NewValue(key)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Render()
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Apply(files, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := r.Setup(a.SetupDue)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, c := range plan.Commands {
		steps = append(steps, c.Name)
	}
	return a, steps
}

func TestSetupRunsUntilItIsDone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.ReplaceAll(applyProfile, "DIR", dir)
	both, some := []string{"register", "always"}, []string{"always"}
	check := func(what, key string, want []string, done bool) {
		t.Helper()
		a, steps := boot(t, text, key)
		if !slices.Equal(steps, want) {
			t.Errorf("%s: steps %v, want %v", what, steps, want)
		}
		if a.SetupDue == (a.Pending == "") {
			t.Errorf("%s: due %v, but pending %q", what, a.SetupDue, a.Pending)
		}
		if done {
			if err := fileset.ClearPending(a.Pending); err != nil {
				t.Error(err)
			}
		}
	}
	check("first boot, killed in setup", "one", both, false)
	if err := os.WriteFile(filepath.Join(dir, "registered"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check("killed again", "one", both, false)
	check("setup done", "one", both, true)
	check("nothing new", "one", some, true)
	check("another key, setup fails", "two", both, false)
	check("its setup is still due", "two", both, true)
	check("nothing new", "two", some, true)
	if got := names(filepath.Join(dir, "etc")); got != ".tsboot-record-a.json a.json b.json" {
		t.Errorf("left behind: %s", got)
	}
}

func TestNoMarkWhereNothingIsSkipped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.ReplaceAll(strings.ReplaceAll(applyProfile, ", creates: DIR/registered", ""), "DIR", dir)
	a, _ := boot(t, text, "one")
	if a.Pending != "" || names(filepath.Join(dir, "etc")) != ".tsboot-record-a.json a.json b.json" {
		t.Errorf("pending %q, files %s", a.Pending, names(filepath.Join(dir, "etc")))
	}
	if len(a.Changed) != 2 || !a.SetupDue {
		t.Errorf("changed %v, due %v", a.Changed, a.SetupDue)
	}
}

func TestNoMarkLeftWhenNothingWasWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "etc", "a.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse("x.yaml", []byte(strings.ReplaceAll(applyProfile, "DIR", dir)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Resolve(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Render()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(files, nil, false); err == nil || !strings.Contains(err.Error(), "a.json: replace it: is a directory") {
		t.Errorf("error %v", err)
	}
	if got := names(filepath.Join(dir, "etc")); got != "a.json" {
		t.Errorf("left behind: %s", got)
	}
}

func names(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "none"
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}
