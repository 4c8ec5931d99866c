package configgen

import (
	"path"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// placed is a path of a profile with the parameters a and b.
func placed(t testing.TB, template, a, b string) (string, []Problem) {
	t.Helper()
	p, err := profile.Parse("p.yaml", []byte("name: p\nparameters: {a: {}, b: {}}\nfiles: [{path: '"+template+"', format: text, text: x}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := &Resolved{Profile: p, parameters: map[string]secrets.Parameter{}, values: map[string]*value{
		"a": {Typed: profile.Typed{Text: a}, set: true}, "b": {Typed: profile.Typed{Text: b}, set: true},
	}}
	return r.expandPath(p.Files[0].Path, "file path")
}

// TestValuesInPaths: a value in a path is one element of it, or a part of one.
func TestValuesInPaths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ template, a, b, want, code string }{
		{"/etc/x/${a}.json", "web", "", "/etc/x/web.json", ""},
		{"/etc/x/${a}.json", "web 1.2_é", "", "/etc/x/web 1.2_é.json", ""},
		{"/etc/x/${a}.json", "..", "", "/etc/x/...json", ""},
		{"/etc/x/${a}.json", "", "", "/etc/x/.json", ""},
		{"/etc/x${a}", "..", "", "/etc/x..", ""},
		{"/etc/../x/${a}", "web", "", "/x/web", ""},
		{"/etc/${a}", "\xff\xfe", "", "/etc/\xff\xfe", ""},
		{"/etc/${a}${b}", "", "web", "/etc/web", ""},
		{"/etc/x/${a}.json", "../../shadow", "", "", "path-element"},
		{"/etc/x/${a}.json", "/", "", "", "path-element"},
		{"/etc/x/${a}.json", "a/b", "", "", "path-element"},
		{"/etc/x/${a}.json", "a\x00", "", "", "path-element"},
		{"/etc/x/${a}.json", "a\nb", "", "", "path-element"},
		{"/etc/x/${a}.json", "a\x7f", "", "", "path-element"},
		{"/etc/x/${a}.json", "a\u0085", "", "", "path-element"},
		{"/etc/${a}", "..", "", "", "path-element"},
		{"/etc/${a}", ".", "", "", "path-element"},
		{"/etc/${a}", "", "", "", "path-element"},
		{"/etc/${a}/x", "", "", "", "path-element"},
		{"/etc/${a}${b}", ".", ".", "", "path-element"},
		{"/etc/${a}${b}/x", "", "", "", "path-element"},
		{"/etc/${a}${b}", "\xc2", "\x81", "", "path-element"}, // together a control character
		{"/etc/.${a}/x", ".", "", "", "path-element"},
		{"/etc/.${a}", "", "", "", "path-element"},
		{"/etc/${a}./x", ".", "", "", "path-element"},
		{"${a}/x", "/etc", "", "", "path-element"},
		{"${a}/x", "etc", "", "", "path-invalid"},
		{"${a}${b}", "etc", "x", "", "path-invalid"},
		{"${a}", "/etc/../run/x", "", "/run/x", ""},
		{"${a}", "etc/x", "", "", "path-invalid"},
		{"${a}", "", "", "", "path-invalid"},
		{"${a}", "/etc/\x00", "", "", "path-invalid"},
		{"${a}", "/etc/a\tb", "", "", "path-invalid"},
	} {
		got, problems := placed(t, test.template, test.a, test.b)
		switch {
		case test.code == "" && (len(problems) > 0 || got != test.want):
			t.Errorf("%s with %q, %q: %q %v", test.template, test.a, test.b, got, problems)
		case test.code != "" && (len(problems) == 0 || problems[0].Code != test.code || got != test.template):
			t.Errorf("%s with %q, %q: %q %v, want %s", test.template, test.a, test.b, got, problems, test.code)
		case test.code != "" && !strings.Contains(problems[0].What, "parameter a ("):
			t.Errorf("%s with %q: %s", test.template, test.a, problems[0])
		}
	}
}

// TestCreatesIsAPath: `creates` goes by the rule of `path`, also when setup is
// due and its path is not looked at.
func TestCreatesIsAPath(t *testing.T) {
	t.Parallel()
	p := parsed(t, "parameters: {a: {}}\nsetup: [{name: reg, argv: [x], creates: '/run/${a}/done'}]")
	for text, bad := range map[string]bool{"web": false, "..": true, "a/b": true, "": true, "a\x00": true} {
		for _, due := range []bool{true, false} {
			var asked []string
			r := resolve(t, p, layersOf(secrets.Parameter{Type: "String", FullName: "/p/a"}, text, "a"))
			_, err := r.steps(p.Setup, due, func(name string) bool {
				asked = append(asked, name)
				return false
			})
			if (err != nil) != bad || err != nil && !strings.Contains(err.Error(), "setup step reg: creates /run/${a}/done: parameter a") {
				t.Errorf("%q: %v", text, err)
			}
			if len(asked) > 0 && !slices.Equal(asked, []string{"/run/web/done"}) {
				t.Errorf("%q: looked at %q", text, asked)
			}
		}
	}
}

// pathTemplates are paths with values in them, and the directory that none may
// lead out of.
var pathTemplates = []struct {
	template, dir string
	elements      int // of the whole path
}{
	{"/etc/x/${a}.json", "/etc/x/", 3},
	{"/etc/x/${a}", "/etc/x/", 3},
	{"/etc/x/${a}${b}", "/etc/x/", 3},
	{"/etc/x/.${a}", "/etc/x/", 3},
	{"/etc/x/${a}.${b}/c", "/etc/x/", 4},
	{"/etc/x/${a}/${b}/c", "/etc/x/", 5},
	{"/etc/x-${a}/c/${b}", "/etc/x-", 4},
	{"/${a}/c", "/", 2},
}

// FuzzPathValues: whatever the values are, a path that is taken stays below the
// directory that its author wrote, and has as many elements.
func FuzzPathValues(f *testing.F) {
	for _, a := range []string{"web", "", ".", "..", "../..", "/", "a/b", "\x00", "\n", "\x7f", "\u0085", "\xff", "．．", "∕", "..\x00", " ", "~", "${b}", "%2e%2e%2f"} {
		for _, b := range []string{"", ".", "x"} {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, test := range pathTemplates {
			got, problems := placed(t, test.template, a, b)
			if len(problems) > 0 {
				continue
			}
			elements := strings.Split(strings.TrimPrefix(got, "/"), "/")
			if got != path.Clean(got) || !strings.HasPrefix(got, test.dir) || len(elements) != test.elements ||
				slices.Contains(elements, "") || slices.Contains(elements, "..") || strings.ContainsFunc(got, unicode.IsControl) {
				t.Errorf("%s with %q, %q: %q", test.template, a, b, got)
			}
			if want := strings.NewReplacer("${a}", a, "${b}", b).Replace(test.template); got != want {
				t.Errorf("%s with %q, %q: %q, want %q", test.template, a, b, got, want)
			}
		}
		if got, problems := placed(t, "${a}", a, b); len(problems) == 0 {
			if !path.IsAbs(a) || got != path.Clean(a) || strings.ContainsFunc(got, unicode.IsControl) {
				t.Errorf("%q as a path: %q", a, got)
			}
		}
	})
}
