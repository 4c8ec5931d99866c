//go:build linux

package configgen

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

const examined = `name: examined
parameters:
  api-key: {required: true, secret: true, pattern: '^[a-z]+$', env: [API_KEY]}
  ruleset: {default: base}
  level: {enum: [info, debug]}
  conf: {required: true, pattern: ^/}
  other: {required: true}
  mark: {required: true}
  program: {}
  args: {type: words}
files:
  - {path: "${conf}", format: json, content: {key: "${api-key}"}}
  - {path: "${other}", format: text, text: "fixed"}
setup:
  - {name: register, argv: [/opt/register, "--conf=${conf}"], creates: "${mark}"}
  - {name: each, argv: [tool, "${item}"], for-each: args}
  - {name: sometimes, argv: [other], when: args}
run: {argv: [agent, go]}
health: {argv: [probe]}
`

func examine(t *testing.T, given map[string]string) *Examination {
	t.Helper()
	p, err := profile.Parse("examined.yaml", []byte(examined))
	if err != nil {
		t.Fatal(err)
	}
	layer := secrets.Layer{Origin: "ssm:/app"}
	for name, value := range given {
		kind := "SecureString"
		if name == "conf" || name == "other" || name == "mark" { // a secret may not stand in a path
			kind = "String"
		}
		layer.Parameters = append(layer.Parameters, secrets.Parameter{
			Name: secrets.NormalizeName(name), FullName: "/app/" + name, Value: secrets.NewValue(value), Type: kind, Origin: "ssm:/app",
		})
	}
	return Examine(p, []secrets.Layer{layer})
}

func (x *Examination) states() string {
	var b strings.Builder
	for _, p := range x.Parameters {
		fmt.Fprintf(&b, "%s=%s ", p.Name, p.State)
	}
	return strings.TrimSpace(b.String())
}

// TestExamineGoesOn: one parameter is missing, one breaks its rule, one is
// misspelt; what does not need them is looked at all the same.
func TestExamineGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := examine(t, map[string]string{"api_kye": "sikrit", "level": "SIKRIT", "conf": dir + "/a.json\n", "other": dir + "/b.conf", "mark": dir + "/registered", "program": "agent"})
	if got, want := x.states(), "api-key=missing ruleset=default level=invalid conf=found other=found mark=found program=found args=unset api-kye=unknown"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	missing := x.Parameters[0].Problem
	if missing == nil || !strings.Contains(missing.What, `"/app/api_kye" is there and is not a name of it`) || !strings.Contains(missing.Fix, "API_KEY") {
		t.Errorf("%+v", missing)
	}
	if !x.Parameters[3].Trimmed || x.Whole() {
		t.Errorf("%+v", x.Parameters[3])
	}
	files := x.files()
	if len(files) != 2 || files[0].State != fileset.StateNew || files[0].Path != dir+"/a.json" || files[0].Err != nil {
		t.Errorf("%+v", files)
	}
	programs := withoutPlaces(t, x.Resolved.Programs())
	want := []Program{{Use: "setup register", Argv0: "/opt/register"}, {Use: "run", Argv0: "agent"}, {Use: "health", Argv0: "probe"}}
	if fmt.Sprint(programs) != fmt.Sprint(want) {
		t.Errorf("%+v\nwant %+v", programs, want)
	}
	if all := fmt.Sprintf("%+v %+v %v", x, files, missing); strings.Contains(strings.ToLower(all), "sikrit") {
		t.Errorf("a value shows: %s", all)
	}
}

// TestExamineWithoutAPath: what depends on a parameter without a value is said to be unknown.
func TestExamineWithoutAPath(t *testing.T) {
	t.Parallel()
	x := examine(t, map[string]string{"api-key": "abc", "conf": "relative", "other": "/b.conf", "mark": "/registered"})
	if files := x.files(); files[0].Path != "" || files[0].State != fileset.StateUnknown || files[0].Err != nil {
		t.Errorf("%+v", files)
	}
}

// withoutPlaces takes away the places in the profile, which each program has.
func withoutPlaces(t *testing.T, programs []Program) []Program {
	t.Helper()
	for i := range programs {
		if programs[i].Pos.Line == 0 {
			t.Errorf("%+v has no place", programs[i])
		}
		programs[i].Pos = Pos{}
	}
	return programs
}

// TestExamineFiles: what would be written, where everything is right.
func TestExamineFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	given := map[string]string{"api-key": "abc", "conf": dir + "/a.json", "other": dir + "/b.conf", "mark": dir + "/registered", "program": "agent", "args": "'a b' c"}
	states := func() string {
		x := examine(t, given)
		if !x.Whole() {
			t.Fatalf("%+v", x)
		}
		var b strings.Builder
		for _, f := range x.files() {
			fmt.Fprintf(&b, "%s %v,", f.State, f.Err)
		}
		return b.String()
	}
	if got := states(); got != "new <nil>,new <nil>," {
		t.Error(got)
	}
	x := examine(t, given)
	rendered, err := x.Resolved.Render()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fileset.Write(rendered[0].file()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.conf"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "registered"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := states(); got != "unchanged <nil>,changed <nil>," {
		t.Error(got)
	}
	programs := withoutPlaces(t, examine(t, given).Resolved.Programs())
	want := []Program{{Use: "setup register", Argv0: "/opt/register", Skipped: true}, {Use: "setup each", Argv0: "tool"}, {Use: "setup sometimes", Argv0: "other"}, {Use: "run", Argv0: "agent"}, {Use: "health", Argv0: "probe"}}
	if fmt.Sprint(programs) != fmt.Sprint(want) {
		t.Errorf("%+v\nwant %+v", programs, want)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 3 {
		t.Errorf("looking made files: %v", entries)
	}
}

// TestFileWithASecret: a file whose masked content differs has a secret in it.
func TestFileWithASecret(t *testing.T) {
	t.Parallel()
	for masked, want := range map[string]bool{"key: k": false, "key: [redacted]": true} {
		f := Rendered{Path: "/f", Mode: 0o640, Content: []byte("key: k"), Masked: []byte(masked)}.file()
		if f.Secret != want || f.Path != "/f" || f.Mode != 0o640 || string(f.Content) != "key: k" {
			t.Errorf("%s: %+v", masked, f)
		}
	}
}
