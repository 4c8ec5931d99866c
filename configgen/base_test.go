package configgen

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// based resolves a profile with one file over a base in a directory.
func based(t *testing.T, dir, file string, values ...string) *Resolved {
	t.Helper()
	text := "name: x\nparameters: {key: {secret: true}, level: {}, path: {}}\nfiles:\n- {mode: 0644, " + strings.ReplaceAll(file, "DIR", dir) + "}\n"
	p, err := profile.Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	layer := secrets.Layer{Origin: "test"}
	for _, pair := range values {
		name, value, _ := strings.Cut(pair, "=")
		layer.Parameters = append(layer.Parameters, secrets.Parameter{Name: name, FullName: "/" + name, Value: secrets.NewValue(value)})
	}
	r, err := Resolve(p, []secrets.Layer{layer})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestBase: the content is laid over the vendor's file, which stays as it is.
func TestBase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, base, want, masked string }{
		{"yaml", `path: DIR/out, format: yaml, base: DIR/link, content: {api_key: "${key}", level: "${level}", old: null}`,
			"# ours\nenabled: yes\nlevel: info # why\nold: 1\n",
			"# ours\nenabled: yes\nlevel: info # why\napi_key: \"k$y\"\n",
			"# ours\nenabled: yes\nlevel: info # why\napi_key: \"[redacted]\"\n"},
		{"dollar", `path: DIR/out, format: json, dollar: double, base: DIR/link, content: {b: "$a ${key}"}`,
			`{"a": "$x"}`, "{\n  \"a\": \"$x\",\n  \"b\": \"$a k$$y\"\n}\n", "{\n  \"a\": \"$x\",\n  \"b\": \"$a [redacted]\"\n}\n"},
		{"omit-empty", `path: DIR/out, format: toml, omit-empty: true, base: DIR/link, content: {a: "${level}", t: {b: "${level}"}, u: {c: null}}`,
			"a = \"\"\n[t]\nb = 0\n", "a = \"\"\n[t]\nb = 0\n\n[u]\n", "a = \"\"\n[t]\nb = 0\n\n[u]\n"},
		{"when", `path: DIR/out, format: ini, base: DIR/link, content: {s: {$when: "${level}", a: b}, t: {a: "${key}"}}`,
			"[s]\na=1\n[t]\na=1\n", "[s]\na=1\n[t]\na=k$y\n", "[s]\na=1\n[t]\na=[redacted]\n"},
		{"repeat", `path: DIR/out, format: ini, base: DIR/link, repeat: true, content: {s: [a, "${key}"]}`,
			"s=1\nt=1\ns=2\n", "s=a\ns=k$y\nt=1\n", "s=a\ns=[redacted]\nt=1\n"},
		{"env", `path: DIR/out, format: env, base: DIR/link, content: {A: "${key}", B: null}`,
			"# c\nexport A='x' # d\nB=1\n", "# c\n# d\nexport A='k$y'\n", "# c\n# d\nexport A='[redacted]'\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "base"), c.base)
			if err := os.Symlink("base", filepath.Join(dir, "link")); err != nil {
				t.Fatal(err)
			}
			r := based(t, dir, c.file, "key=k$y")
			if err := r.ReadBases(); err != nil {
				t.Fatal(err)
			}
			files, err := r.Render()
			if err != nil || string(files[0].Content) != c.want || string(files[0].Masked) != c.masked {
				t.Errorf("%v\n%s\n%s", err, files[0].Content, files[0].Masked)
			}
			if after, _ := os.ReadFile(filepath.Join(dir, "base")); string(after) != c.base {
				t.Errorf("the base became %s", after)
			}
		})
	}
}

// TestBaseOptional: without its base a file is what its content says; a null has
// nothing to remove.
func TestBaseOptional(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"json": "{\n  \"b\": {\n    \"d\": 1\n  }\n}\n", "yaml": "b:\n  d: 1\n", "toml": "[b]\nd = 1\n", "ini": "[b]\nd = 1\n",
	} {
		r := based(t, t.TempDir(), "path: DIR/out, format: "+format+", base: DIR/none/base, base-optional: true, content: {a: null, b: {c: null, d: 1}}")
		if err := r.ReadBases(); err != nil {
			t.Fatal(err)
		}
		if files, err := r.Render(); err != nil || string(files[0].Content) != want {
			t.Errorf("%s: %v\n%s", format, err, files[0].Content)
		}
	}
}

// TestBaseRefused: what cannot be a base is said with the place in the profile, and
// nothing is rendered of its file.
func TestBaseRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, code, what string
		file             string // what is not path: DIR/out, base: DIR/base
		make             func(t *testing.T, dir string)
	}{
		{"missing", "base-missing", "there is no such file", "", func(*testing.T, string) {}},
		{"dangling", "base-missing", "a link to a file that is not there", "base-optional: true", func(t *testing.T, dir string) { link(t, "none", dir+"/base") }},
		{"directory", "base-unreadable", "not a regular file", "base-optional: true", func(t *testing.T, dir string) { _ = os.Mkdir(dir+"/base", 0o755) }},
		{"pipe", "base-unreadable", "not a regular file", "", func(t *testing.T, dir string) { _ = syscall.Mkfifo(dir+"/base", 0o644) }},
		{"loop", "base-unreadable", "too many", "base-optional: true", func(t *testing.T, dir string) { link(t, "base", dir+"/base") }},
		{"large", "base-unreadable", "larger than", "", func(t *testing.T, dir string) {
			write(t, dir+"/base", "a: "+string(bytes.Repeat([]byte("x"), maxBase)))
		}},
		{"list", "base-invalid", "not a mapping", "base-optional: true", func(t *testing.T, dir string) { write(t, dir+"/base", "- a\n") }},
		{"broken", "base-invalid", "line 2", "", func(t *testing.T, dir string) { write(t, dir+"/base", "a: 1\na: 2\n") }},
		{"itself", "base-written", "a boot writes", "", func(t *testing.T, dir string) { write(t, dir+"/out", "a: 1\n"); link(t, "out", dir+"/base") }},
		{"by a parameter", "base-written", "a boot writes", `path: "${path}"`, func(t *testing.T, dir string) { write(t, dir+"/base", "a: 1\n") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c.make(t, dir)
			file := c.file
			if !strings.HasPrefix(file, "path") {
				file = strings.TrimSuffix("path: DIR/out, "+file, ", ")
			}
			r := based(t, dir, file+", format: yaml, base: DIR/base, content: {a: 1}", "path="+dir+"/base")
			var e *Error
			if err := r.ReadBases(); !errors.As(err, &e) || e.Kind != CannotWrite || e.Problems[0].Code != c.code || !strings.Contains(err.Error(), c.what) || !strings.HasPrefix(err.Error(), "x.yaml:4:") {
				t.Errorf("%v", err)
			}
			reports, err := (&Examination{Resolved: r}).Render()
			if err != nil || reports[0].known {
				t.Errorf("%v %s", err, reports[0].Content)
			}
		})
	}
}

// TestBaseNotNeeded: where the file does not stand, its base is not read. A link in
// the file's place is replaced, so it may lead to the base.
func TestBaseNotNeeded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := based(t, dir, `path: DIR/out, format: yaml, when: "${level}", base: DIR/none, content: {}`)
	if err := r.ReadBases(); err != nil || len(r.Bases()) != 0 {
		t.Error(err)
	}
	write(t, dir+"/base", "a: 1\n")
	link(t, "base", dir+"/out")
	r = based(t, dir, "path: DIR/out, format: yaml, base: DIR/base, content: {}")
	if err := r.ReadBases(); err != nil || fmt.Sprint(r.Bases()) != "["+dir+"/base]" {
		t.Error(err, r.Bases())
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}
