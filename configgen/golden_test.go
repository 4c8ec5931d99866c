package configgen

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

var update = flag.Bool("update", false, "write what the code gives into testdata/*.txtar")

// TestGolden runs each testdata/*.txtar: a profile, layers, and what a boot
// would make of them. In an archive `profile` names a built-in profile and
// `profile.yaml` is one; `ssm:PATH`, `environment` and `set` give values, a
// line each (a value in double quotes is a Go string); `facts` gives facts, `creates` lists paths
// that are there; `want` and `masked` are the result.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, masked := golden(t, archive)
			changed := false
			for i := range archive.Files {
				f := &archive.Files[i]
				got, checked := want, f.Name == "want"
				if f.Name == "masked" {
					got, checked = masked, true
				}
				if !checked || string(f.Data) == got {
					continue
				}
				if !*update {
					t.Errorf("%s:\n%s\nwant:\n%s", f.Name, got, f.Data)
				}
				f.Data, changed = []byte(got), true
			}
			if *update && changed {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// golden gives what `want` and `masked` of an archive should be.
func golden(t *testing.T, archive *txtar.Archive) (want, masked string) {
	t.Helper()
	var chosen *profile.Profile
	var layers []secrets.Layer
	var pairs []string
	there, facts := map[string]bool{}, map[string]string{}
	for _, f := range archive.Files {
		data := string(f.Data)
		switch {
		case f.Name == "profile":
			p, ok := profile.Builtin(strings.TrimSpace(data))
			if !ok {
				t.Fatalf("no built-in profile %q", data)
			}
			chosen = p
		case f.Name == "profile.yaml":
			p, err := profile.Parse(f.Name, f.Data)
			if err != nil {
				return err.Error() + "\n", ""
			}
			chosen = p
		case strings.HasPrefix(f.Name, "ssm:"):
			layers = append(layers, storeLayer(t, f.Name, lines(data)))
		case f.Name == "environment":
			layers = append(layers, EnvLayer(chosen, unquoteAll(t, lines(data))))
		case f.Name == "set":
			pairs = unquoteAll(t, lines(data))
		case f.Name == "facts":
			for _, fact := range lines(data) {
				name, value, _ := strings.Cut(fact, "=")
				facts[name] = value
			}
		case f.Name == "creates":
			for _, path := range lines(data) {
				there[path] = true
			}
		}
	}
	set, err := SetLayer(chosen, "--set", pairs)
	if err != nil {
		return fmt.Sprintf("%v\nkind %s\n", err, err.(*Error).Kind), ""
	}
	r, err := Resolve(chosen, append(layers, set))
	if err != nil {
		return fmt.Sprintf("%v\nkind %s\n", err, err.(*Error).Kind), ""
	}
	needed := r.FactsNeeded(false, false)
	r.SetFacts(needed, facts)
	want, masked = outcome(r, there)
	if len(needed) > 0 {
		want = "facts " + strings.Join(needed, ", ") + "\n" + want
	}
	return want, masked
}

func outcome(r *Resolved, there map[string]bool) (want, masked string) {
	files, err := r.Render()
	if err != nil {
		return fmt.Sprintf("%v\nkind %s\n", err, err.(*Error).Kind), ""
	}
	var w, m strings.Builder
	for _, o := range r.Overridden {
		fmt.Fprintf(&w, "override %s: %s %s over %s %s\n", o.Name, o.Winner.Origin, o.Winner.FullName, o.Loser.Origin, o.Loser.FullName)
	}
	for _, p := range r.Trimmed {
		fmt.Fprintf(&w, "trimmed %s\n", p.FullName)
	}
	for _, p := range r.Unknown {
		fmt.Fprintf(&w, "unknown %s\n", p.FullName)
	}
	for _, f := range files {
		fmt.Fprintf(&w, "file %s %04o %s\n%s\n", f.Path, f.Mode, f.Syntax, bytes.TrimSuffix(f.Content, []byte("\n")))
		fmt.Fprintf(&m, "file %s\n%s\n", f.Path, bytes.TrimSuffix(f.Masked, []byte("\n")))
	}
	plan, err := r.steps(r.Profile.Setup, false, func(path string) bool { return there[path] })
	if err != nil {
		return w.String() + fmt.Sprintf("%v\n", err), m.String()
	}
	for _, name := range plan.Skipped {
		fmt.Fprintf(&w, "skipped %s\n", name)
	}
	for _, c := range plan.Commands {
		fmt.Fprintf(&w, "setup %s\n", printed(c))
	}
	before, err := r.BeforeStart(false)
	for _, c := range before {
		fmt.Fprintf(&w, "before-start %s\n", printed(c))
	}
	w.WriteString(failure(err))
	run, err := r.Run()
	fmt.Fprintf(&w, "run%s%s\n", quoted(run), failure(err))
	if stop, err := r.Stop(); err != nil || len(stop) > 0 {
		fmt.Fprintf(&w, "stop%s%s\n", quoted(stop), failure(err))
	}
	health, err := r.Health()
	fmt.Fprintf(&w, "health%s%s\n", quoted(health), failure(err))
	return w.String(), m.String()
}

// printed is a command of a step.
func printed(c Command) string {
	stdin := ""
	if c.Stdin != "" {
		stdin = fmt.Sprintf(" < %q (secret %t)", c.Stdin, c.Hidden)
	}
	if c.Creates != "" {
		stdin += " creates " + c.Creates
	}
	return fmt.Sprintf("%s (%s, %d retries, ok %v, secret %v)%s%s", c.Name, c.Timeout, c.Retries, c.OKCodes, c.Secret, quoted(c.Argv), stdin)
}

func failure(err error) string {
	if err == nil {
		return ""
	}
	return " " + err.Error()
}

func quoted(argv []string) string {
	var b strings.Builder
	for _, a := range argv {
		fmt.Fprintf(&b, " %q", a)
	}
	return b.String()
}

func lines(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' })
}

func unquoteAll(t *testing.T, entries []string) []string {
	t.Helper()
	for i, e := range entries {
		name, value, ok := strings.Cut(e, "=")
		if ok {
			entries[i] = name + "=" + unquote(t, value)
		}
	}
	return entries
}

func unquote(t *testing.T, s string) string {
	t.Helper()
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	plain, err := strconv.Unquote(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return plain
}

// storeLayer makes a layer as secrets reads it below a path.
func storeLayer(t *testing.T, origin string, entries []string) secrets.Layer {
	t.Helper()
	layer := secrets.Layer{Origin: origin}
	path := strings.TrimPrefix(origin, "ssm:")
	for _, e := range unquoteAll(t, entries) {
		below, value, ok := strings.Cut(e, "=")
		if !ok {
			t.Fatalf("no value in %q", e)
		}
		layer.Parameters = append(layer.Parameters, secrets.Parameter{
			Name: secrets.NormalizeName(below), FullName: path + "/" + below,
			Value: secrets.NewValue(value), Type: "String", Origin: origin,
		})
	}
	return layer
}
