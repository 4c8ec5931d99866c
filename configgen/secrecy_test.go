package configgen

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// sources are parameters of each kind of source, and whether they are secret when
// the profile declares nothing.
var sources = map[string]struct {
	parameter secrets.Parameter
	secret    bool
}{
	"SecureString":    {secrets.Parameter{FullName: "/app/token", Type: "SecureString", Origin: "ssm:/app"}, true},
	"key of JSON":     {secrets.Parameter{FullName: "/app/db#token", Type: "SecureString", Origin: "ssm-parameter"}, true},
	"Secrets Manager": {secrets.Parameter{FullName: "/aws/reference/secretsmanager/x", Type: "String", Origin: "ssm-parameter"}, true},
	"file":            {secrets.Parameter{FullName: "/run/secrets/token", Type: "file", Origin: "dir:/run/secrets"}, true},
	"resolve-env":     {secrets.Parameter{FullName: "TOKEN", Type: "String", Origin: "environment", Referred: true}, true},
	"String":          {secrets.Parameter{FullName: "/app/token", Type: "String", Origin: "ssm:/app"}, false},
	"environment":     {secrets.Parameter{FullName: "TOKEN", Origin: "environment"}, false},
}

// layersOf is a layer with one parameter, named token unless a name is given.
func layersOf(p secrets.Parameter, text string, name ...string) []secrets.Layer {
	p.Name, p.Value = "token", secrets.NewValue(text)
	if len(name) > 0 {
		p.Name = name[0]
	}
	return []secrets.Layer{{Origin: p.Origin, Parameters: []secrets.Parameter{p}}}
}

func parsed(t *testing.T, text string) *profile.Profile {
	t.Helper()
	p, err := profile.Parse("p.yaml", []byte("name: p\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const hunter = "hunter2hunter2"

// TestSecrecyOfMessages: for every rule that a value breaks, the message shows it only
// where neither the profile nor the source makes it a secret.
func TestSecrecyOfMessages(t *testing.T) {
	t.Parallel()
	rules := map[string]struct {
		declaration, value, more string
		shown                    bool // where it is not secret
	}{
		"enum":    {"enum: [a, b]", hunter, "", true},
		"pattern": {"pattern: ^x$", hunter, "", true},
		"int":     {"type: int", hunter, "", true},
		"bool":    {"type: bool", hunter, "", true},
		"words":   {"type: words", "'" + hunter, "", true},
		"list":    {"type: list, enum: [a]", "a, " + hunter, "", true},
		"path":    {"", hunter, `files: [{path: "${token}", format: text, text: x}]`, true},
		"element": {"", hunter + "/..", `files: [{path: "/etc/${token}", format: text, text: x}]`, true},
		"creates": {"", hunter + "\x01", `setup: [{name: s, argv: [x], creates: "/etc/${token}"}]`, true},
		"encode":  {"", hunter + "\xff", `files: [{path: /etc/x, format: json, content: {a: "${token}"}}]`, false},
		"argv":    {"", hunter + "\x00", `setup: [{name: s, argv: [x, "${token}"]}]`, false},
	}
	for rule, r := range rules {
		for kind, s := range sources {
			t.Run(rule+" of "+kind, func(t *testing.T) {
				t.Parallel()
				p := parsed(t, "parameters: {token: {"+r.declaration+"}}\n"+r.more)
				said := everythingWrong(p, layersOf(s.parameter, r.value))
				if said == "" {
					t.Fatal("nothing is wrong")
				}
				if shows := strings.Contains(said, "hunter2"); shows != (!s.secret && r.shown) {
					t.Errorf("shown: %v: %s", shows, said)
				}
				if !strings.Contains(said, "token") {
					t.Errorf("the parameter is not named: %s", said)
				}
			})
		}
	}
}

// everythingWrong is all that a boot, a check and a render would say.
func everythingWrong(p *profile.Profile, layers []secrets.Layer) string {
	var said strings.Builder
	note := func(err error) {
		if err != nil {
			fmt.Fprintln(&said, err)
		}
	}
	x := Examine(p, layers)
	for _, report := range x.Parameters {
		if report.Problem != nil {
			fmt.Fprintln(&said, report.Problem)
		}
	}
	for _, f := range x.files() {
		for _, problem := range f.Problems {
			fmt.Fprintln(&said, problem)
		}
	}
	r, err := Resolve(p, layers)
	note(err)
	if err == nil {
		_, err = r.Render()
		note(err)
		_, err = r.steps(r.Profile.Setup, true, nil)
		note(err)
	}
	return said.String()
}

// TestSecrecyOfFiles: render masks what is secret by its source, and a mode that
// lets others read it is reported, unless the profile says that it means it.
func TestSecrecyOfFiles(t *testing.T) {
	t.Parallel()
	profile := `parameters: {token: {}, words: {type: words}}
files:
  - {path: /etc/own, format: json, content: {a: ["x", {b: "pre-${token}"}]}}
  - {path: /etc/all, mode: 0644, format: json, content: {a: ["x", {b: "pre-${token}"}]}}
  - {path: /etc/group, mode: 0640, format: text, text: "${token|raw}"}
  - {path: /etc/meant, mode: 0644, world-readable-secrets: true, format: text, text: "${token|raw}"}
  - {path: /etc/other, mode: 0644, format: text, text: "nothing"}
  - {path: /etc/unset, mode: 0644, format: text, text: "${words|shell}"}
`
	for kind, s := range sources {
		r := resolve(t, parsed(t, profile), layersOf(s.parameter, hunter))
		files, err := r.Render()
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		var exposed []string
		for _, f := range files {
			if strings.Contains(string(f.Masked), hunter) != (!s.secret && strings.Contains(string(f.Content), hunter)) {
				t.Errorf("%s: %s masked: %s", kind, f.Path, f.Masked)
			}
			for _, name := range f.Exposed {
				exposed = append(exposed, f.Path+" "+name)
			}
		}
		var want, list []string
		if s.secret {
			want, list = []string{"/etc/all token", "/etc/group token"}, []string{hunter}
		}
		if !slices.Equal(exposed, want) {
			t.Errorf("%s: exposed %q, want %q", kind, exposed, want)
		}
		if got := r.Secrets(); !slices.Equal(got, list) {
			t.Errorf("%s: secrets %q, want %q", kind, got, list)
		}
	}
}

// TestSecrecyOfArguments: no kind of argument has a secret in it without secret-argv.
func TestSecrecyOfArguments(t *testing.T) {
	t.Parallel()
	for shape, test := range map[string]struct{ profile, names string }{
		"whole":    {`setup: [{name: reg, argv: [x, "${token}"]}]`, "setup step reg"},
		"part":     {`setup: [{name: reg, argv: [x, "--t=${token}!"]}]`, "setup step reg"},
		"items":    {`setup: [{name: reg, argv: [x, "${item}"], for-each: list}]`, "setup step reg"},
		"list":     {`setup: [{name: reg, argv: [x, "${list}"]}]`, "setup step reg"},
		"run":      {`run: {argv: [x, "${token}"]}`, "run"},
		"health":   {`health: {argv: [x, "${token}"]}`, "health"},
		"allowed":  {`setup: [{name: reg, argv: [x, "${token}"], secret-argv: true}]`, ""},
		"items ok": {`setup: [{name: reg, argv: [x, "${item}"], for-each: list, secret-argv: true}]`, ""},
	} {
		for kind, s := range sources {
			layers := layersOf(s.parameter, hunter)
			list := layers[0].Parameters[0]
			list.Name = "list"
			layers[0].Parameters = append(layers[0].Parameters, list)
			r := resolve(t, parsed(t, "parameters: {token: {}, list: {type: list}}\n"+test.profile), layers)
			_, setup := r.Setup(true)
			_, run := r.Run()
			_, health := r.Health()
			said := strings.ReplaceAll(fmt.Sprint(setup, run, health), "<nil>", "")
			refused := strings.TrimSpace(said) != ""
			if refused != (s.secret && test.names != "") {
				t.Errorf("%s of %s: %s", shape, kind, said)
			}
			if refused && (!strings.Contains(said, test.names) || !strings.Contains(said, "parameter ") ||
				!strings.Contains(said, "store it as a String") || strings.Contains(said, hunter)) {
				t.Errorf("%s of %s: %s", shape, kind, said)
			}
		}
	}
}

// TestSecrecyOfPaths: a secret stands in no path, and the message does not show it.
func TestSecrecyOfPaths(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{
		`files: [{path: "/etc/${token}.json", format: text, text: x}, {path: "/etc/${token}.json", format: text, text: x}]`,
		`files: [{path: "${token}", format: text, text: x}]`,
		`setup: [{name: s, argv: [x], creates: "/etc/${token}"}]`,
	} {
		for kind, s := range sources {
			said := everythingWrong(parsed(t, "parameters: {token: {}}\n"+profile), layersOf(s.parameter, hunter))
			if s.secret != strings.Contains(said, "is a secret") || s.secret && strings.Contains(said, hunter) {
				t.Errorf("%s, %s: %s", profile, kind, said)
			}
		}
	}
}

// TestSecrecyInsideOfValues: a secret that stands in a value that may be seen is
// not shown with it, nor the first half of one where the message is cut.
func TestSecrecyInsideOfValues(t *testing.T) {
	t.Parallel()
	p := parsed(t, "parameters: {url: {enum: [a], env: [URL]}, token: {}, port: {type: int, env: [PORT]}}")
	for _, text := range []string{"https://" + hunter + "@host", strings.Repeat("x", 50) + hunter + hunter} {
		layers := append(layersOf(sources["SecureString"].parameter, hunter), EnvLayer(p, []string{"URL=" + text, "PORT=" + text}))
		_, err := Resolve(p, layers)
		if err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "[redacted]") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestSecrecyOfTheWinner: the source that wins decides; the value of one that
// loses is nowhere.
func TestSecrecyOfTheWinner(t *testing.T) {
	t.Parallel()
	p := parsed(t, "parameters: {token: {enum: [a]}, free: {}}\nfiles: [{path: /etc/x, format: json, content: {t: \"${free}\"}}]")
	layers := append(layersOf(sources["SecureString"].parameter, hunter), layersOf(sources["environment"].parameter, "plainly-seen")...)
	_, err := Resolve(p, layers)
	if err == nil || !strings.Contains(err.Error(), `"plainly-seen" is not one`) || strings.Contains(err.Error(), hunter) {
		t.Error(err)
	}
	slices.Reverse(layers)
	if _, err := Resolve(p, layers); err == nil || strings.Contains(err.Error(), "plainly-seen") || strings.Contains(err.Error(), hunter) {
		t.Error(err)
	}
	slices.Reverse(layers)
	for i := range layers {
		layers[i].Parameters[0].Name = "free"
	}
	r := resolve(t, p, layers)
	files, err := r.Render()
	if err != nil || !strings.Contains(string(files[0].Masked), "plainly-seen") || len(r.Secrets()) != 0 {
		t.Errorf("%v %s %q", err, files[0].Masked, r.Secrets())
	}
}

// TestSecrecyOfExec: what exec exports is masked by its source, as is all that
// --resolve-env reads, and nothing else.
func TestSecrecyOfExec(t *testing.T) {
	t.Parallel()
	exec, _ := profile.Builtin("exec")
	for kind, s := range sources {
		r := resolve(t, exec, layersOf(s.parameter, hunter))
		if got := len(r.Secrets()) > 0; got != s.secret {
			t.Errorf("%s: %q", kind, r.Secrets())
		}
	}
	variable := sources["resolve-env"].parameter
	variable.Name, variable.Value = "DB_PASS", secrets.NewValue(hunter)
	r, err := Resolve(exec, nil, variable)
	if err != nil || !slices.Equal(r.Secrets(), []string{hunter}) {
		t.Errorf("%v %q", err, r.Secrets())
	}
	// A profile of one's own that takes the variable gets what it refers to, as a secret.
	p := parsed(t, "parameters: {db-pass: {env: [DB_PASS]}}\nenv: {export: all}\nfiles: [{path: /etc/x, format: json, content: {p: \"${db-pass}\"}}]")
	r, err = Resolve(p, []secrets.Layer{EnvLayer(p, []string{"DB_PASS=ssm:///db/pass"}, variable)}, variable)
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Render()
	if err != nil || !strings.Contains(string(files[0].Content), hunter) || strings.Contains(string(files[0].Masked), hunter) {
		t.Errorf("%v %s %s", err, files[0].Content, files[0].Masked)
	}
}

// TestSecrecyInCheck: check says of each parameter what the rest goes by.
func TestSecrecyInCheck(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"parameters: {token: {}}", "parameters: {token: {enum: [a]}}", "parameters: {other: {}}", "env: {export: all}"} {
		for kind, s := range sources {
			x := Examine(parsed(t, profile), layersOf(s.parameter, hunter))
			i := slices.IndexFunc(x.Parameters, func(p ParameterReport) bool { return p.Name == "token" })
			if i < 0 || x.Parameters[i].Secret != s.secret {
				t.Errorf("%s, %s: %+v", profile, kind, x.Parameters)
			}
		}
	}
}

// files is what check does about files.
func (x *Examination) files() []FileReport {
	list, _ := x.Render()
	x.Preflight(list, nil)
	return list
}
