package configgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// A Difference is what a test of a profile did not find as it says.
type Difference struct {
	Of   string // "file /etc/x", "argv", "env NAME"; empty: nothing could be made of the values
	What string // on several lines where texts differ; the values of a test are no secrets
}

// String names what differs, and how.
func (d Difference) String() string {
	if d.Of == "" {
		return d.What
	}
	return d.Of + ": " + d.What
}

// Try makes what a test of the profile names of the test's values, and compares them. It
// writes and runs nothing, asks nobody, and reads no environment and no file but bases.
func Try(p *profile.Profile, test *profile.Test) []Difference {
	layer, facts := secrets.Layer{Origin: "the values of the test"}, map[string]string{}
	for _, v := range test.Values {
		if secrets.IsFact(v.Name) {
			facts[v.Name] = v.Text
			continue
		}
		layer.Parameters = append(layer.Parameters, secrets.Parameter{Name: v.Name, FullName: v.Name, Value: secrets.NewValue(v.Text)})
	}
	r, err := Resolve(p, []secrets.Layer{layer})
	if err != nil {
		return []Difference{{What: err.Error()}}
	}
	needed := r.FactsNeeded(false, false)
	for _, name := range needed {
		if _, given := facts[name]; !given {
			return []Difference{{What: fmt.Sprintf("the profile needs the fact %s: give it under values", name)}}
		}
	}
	r.SetFacts(needed, facts)
	t := &trial{resolved: r, test: test}
	t.files()
	if test.Argv != nil {
		t.argv()
	}
	if test.Env != nil {
		t.env()
	}
	return t.differences
}

// trial compares what a profile makes of values.
type trial struct {
	resolved    *Resolved
	test        *profile.Test
	differences []Difference
}

func (t *trial) differ(of, format string, args ...any) {
	t.differences = append(t.differences, Difference{of, fmt.Sprintf(format, args...)})
}

func (t *trial) compare(of, want, got string) {
	if want != got {
		t.differ(of, "it differs\n%s", strings.TrimSuffix(string(diff.Diff("want", []byte(want), "got", []byte(got))), "\n"))
	}
}

// files renders the files, also where the test names none: they may be refused. A base
// that is not on this machine matters only to a file that the test names.
func (t *trial) files() {
	bases := t.resolved.ReadBases()
	files, err := (&Examination{Resolved: t.resolved}).Render()
	if err != nil {
		t.differ("", "%v", err)
		return
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	for _, want := range t.test.Files {
		i := slices.Index(paths, want.Name)
		if i < 0 {
			t.differ("file "+want.Name, "it is not written; these are: %s", strings.Join(paths, ", "))
			continue
		}
		if !files[i].known {
			t.differ("file "+want.Name, "%v", bases)
			continue
		}
		t.compare("file "+want.Name, want.Text, string(files[i].Content))
	}
}

func (t *trial) argv() {
	got, err := t.resolved.Run()
	switch {
	case err != nil:
		t.differ("argv", "%v", err)
	default:
		t.compare("argv", quotedLines(t.test.Argv), quotedLines(got))
	}
}

func (t *trial) env() {
	made, err := t.resolved.Environment(nil, EnvOptions{})
	if err != nil {
		t.differ("env", "%v", err)
		return
	}
	got := secrets.Variables(made.Env)
	for _, want := range t.test.Env {
		text, there := got[want.Name]
		switch {
		case !there:
			t.differ("env "+want.Name, "it is not set, want %q", want.Text)
		case text != want.Text:
			t.differ("env "+want.Name, "%q, want %q", text, want.Text)
		}
	}
}

func quotedLines(argv []string) string {
	var b strings.Builder
	for _, word := range argv {
		b.WriteString(strconv.Quote(word) + "\n")
	}
	return b.String()
}
