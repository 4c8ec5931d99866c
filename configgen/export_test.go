package configgen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	goccy "github.com/goccy/go-yaml"
	"github.com/joho/godotenv"
	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/secrets"
)

// exported resolves the profile exec with values below a path, named v0, v1, ...
func exported(t *testing.T, values []string) *Resolved {
	t.Helper()
	layer := secrets.Layer{Origin: "ssm:/app/prod"}
	for i, s := range values {
		layer.Parameters = append(layer.Parameters, given(fmt.Sprintf("/app/prod/V_%d", i), s))
	}
	return resolveExec(t, layer)
}

func given(fullName, value string) secrets.Parameter {
	return secrets.Parameter{
		Name: secrets.NormalizeName(strings.TrimPrefix(fullName, "/app/prod")), FullName: fullName, Value: secrets.NewValue(value), Origin: "ssm:/app/prod",
	}
}

func resolveExec(t *testing.T, layers ...secrets.Layer) *Resolved {
	t.Helper()
	exec, ok := profile.Builtin("exec")
	if !ok {
		t.Fatal("no profile exec")
	}
	r, err := Resolve(exec, layers)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// holdable are the hostile values that a format takes.
func holdable(t *testing.T, format string) []string {
	t.Helper()
	var list []string
	for _, s := range slices.Concat(hostile.Values, hostile.Invalid) {
		if _, err := exported(t, []string{s}).Export(format, nil); err == nil {
			list = append(list, s)
		}
	}
	if len(list) < len(hostile.Values)-6 {
		t.Fatalf("%s takes %d of %d values only", format, len(list), len(hostile.Values))
	}
	return list
}

// TestExportJSONAndYAML: every text comes back, under the name that its source has.
func TestExportJSONAndYAML(t *testing.T) {
	t.Parallel()
	for format, read := range map[string][]func([]byte, any) error{
		"json": {json.Unmarshal},
		"yaml": {yaml.Unmarshal, func(b []byte, v any) error { return goccy.Unmarshal(b, v) }},
	} {
		values := holdable(t, format)
		out, err := exported(t, values).Export(format, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, unmarshal := range read {
			got := map[string]string{}
			if err := unmarshal(out.Content, &got); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			for i, s := range values {
				if key := fmt.Sprintf("V_%d", i); got[key] != s {
					t.Errorf("%s: %q came back as %q", format, s, got[key])
				}
			}
		}
		for _, s := range hostile.Invalid {
			_, err := exported(t, []string{s}).Export(format, nil)
			wantProblem(t, err, "value-not-encodable")
		}
	}
}

// TestExportLikeChamber: the bytes that chamber prints, one object on one line.
func TestExportLikeChamber(t *testing.T) {
	t.Parallel()
	out, err := exported(t, []string{"a", "R&D"}).Export("json", nil)
	if want := `{"V_0":"a","V_1":"R&D"}` + "\n"; err != nil || string(out.Content) != want {
		t.Errorf("%s, %v; want %s", out.Content, err, want)
	}
}

// TestExportNames: which name a parameter has in data, by its source.
func TestExportNames(t *testing.T) {
	t.Parallel()
	r := resolveExec(t,
		secrets.Layer{Origin: "ssm:/app/prod", Parameters: []secrets.Parameter{given("/app/prod/Log/LEVEL", "a")}},
		secrets.Layer{Origin: "ssm:/", Parameters: []secrets.Parameter{{Name: "x-y", FullName: "/x/y", Value: secrets.NewValue("b")}}},
		secrets.Layer{Origin: "ssm-parameter", Parameters: []secrets.Parameter{{Name: "db-password", FullName: "/other/db#password", Value: secrets.NewValue("c")}}},
		secrets.Layer{Origin: "dir:/run/secrets", Parameters: []secrets.Parameter{{Name: "tls-key", FullName: "/run/secrets/tls.key", Value: secrets.NewValue("d")}}},
		secrets.Layer{Origin: "--set", Parameters: []secrets.Parameter{{Name: "set-me", FullName: "SET_ME", Value: secrets.NewValue("e")}}},
	)
	for format, want := range map[string]string{
		"json":   `{"Log/LEVEL":"a","db-password":"c","set-me":"e","tls.key":"d","x/y":"b"}` + "\n",
		"dotenv": "DB_PASSWORD=c\nLOG_LEVEL=a\nSET_ME=e\nTLS_KEY=d\nX_Y=b\n",
		"shell":  "export DB_PASSWORD=c\nexport LOG_LEVEL=a\nexport SET_ME=e\nexport TLS_KEY=d\nexport X_Y=b\n",
	} {
		out, err := r.Export(format, nil)
		if err != nil || string(out.Content) != want {
			t.Errorf("%s: %v\n%swant\n%s", format, err, out.Content, want)
		}
	}
}

// TestExportShell: sh, bash and busybox read back every value, and run nothing.
func TestExportShell(t *testing.T) {
	t.Parallel()
	values := holdable(t, "shell")
	out, err := exported(t, values).Export("shell", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"busybox", "sh"}} {
		t.Run(shell[0], func(t *testing.T) {
			t.Parallel()
			readByShell(t, shell, `eval "$(cat)"`, out.Content, values)
		})
	}
}

// readByShell has a shell take the variables in and print them all, NUL between.
func readByShell(t *testing.T, shell []string, take string, content []byte, values []string) {
	t.Helper()
	require.Tools(t, shell[0])
	var script strings.Builder
	script.WriteString(take + "\n")
	for i := range values {
		fmt.Fprintf(&script, "printf '%%s\\0' \"$V_%d\"\n", i)
	}
	c := exec.Command(shell[0], append(shell[1:], "-c", script.String())...)
	c.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	c.Stdin = bytes.NewReader(content)
	got, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range strings.Split(strings.TrimSuffix(string(got), "\x00"), "\x00") {
		if s != values[i] {
			t.Errorf("%q came back as %q", values[i], s)
		}
	}
}

// TestExportDotenv: godotenv, python-dotenv and a shell that sources the file
// read back every value, except where Doubts names the reader.
func TestExportDotenv(t *testing.T) {
	t.Parallel()
	values := holdable(t, "dotenv")
	out, err := exported(t, values).Export("dotenv", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("sh", func(t *testing.T) {
		t.Parallel()
		file := t.TempDir() + "/.env"
		if _, err := fileset.Write(fileset.File{Path: file, Mode: 0o600, Content: out.Content}); err != nil {
			t.Fatal(err)
		}
		readByShell(t, []string{"sh"}, ". '"+file+"'", nil, values)
	})
	for reader, read := range map[string]func(*testing.T, []byte) map[string]string{format.ReaderGo: byGodotenv, format.ReaderPython: byPython} {
		t.Run(reader, func(t *testing.T) {
			t.Parallel()
			readUndoubted(t, values, reader, read)
		})
	}
}

// readUndoubted gives a reader one file with all that it is said to read right.
func readUndoubted(t *testing.T, values []string, reader string, read func(*testing.T, []byte) map[string]string) {
	t.Helper()
	sure := slices.DeleteFunc(slices.Clone(values), func(s string) bool {
		_, doubts, _ := format.DotenvValue(s)
		return slices.Contains(doubts, reader)
	})
	if len(sure) < len(values)*5/6 {
		t.Errorf("%d of %d values are in doubt", len(values)-len(sure), len(values))
	}
	out, err := exported(t, sure).Export("dotenv", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, out.Content)
	for i, s := range sure {
		if name := fmt.Sprintf("V_%d", i); got[name] != s {
			t.Errorf("%q came back as %q", s, got[name])
		}
	}
}

func byGodotenv(t *testing.T, content []byte) map[string]string {
	t.Helper()
	got, err := godotenv.UnmarshalBytes(content)
	if err != nil {
		t.Errorf("%v: %s", err, content)
	}
	return got
}

// byPython reads as python-dotenv does when a program asks for nothing special.
func byPython(t *testing.T, content []byte) (got map[string]string) {
	t.Helper()
	if out, err := exec.Command("python3", "-c", "import dotenv.main").CombinedOutput(); err != nil {
		require.Missing(t, "python", fmt.Errorf("python3 with python-dotenv: %w: %s", err, bytes.TrimSpace(out)))
	}
	c := exec.Command("python3", "-c", "import sys, io, json, dotenv; print(json.dumps(dotenv.dotenv_values(stream=io.StringIO(sys.stdin.buffer.read().decode(), newline=''))))")
	c.Env = []string{"PATH=" + os.Getenv("PATH")}
	c.Stdin = bytes.NewReader(content)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestExportRefusals: what cannot be held is refused, without the value.
func TestExportRefusals(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"dotenv", "shell"} {
		_, err := exported(t, []string{"fine", "sik\x00rit"}).Export(format, nil)
		wantProblem(t, err, "value-not-encodable")
		if !strings.Contains(err.Error(), "/app/prod/V_1") || strings.Contains(err.Error(), "sik") {
			t.Errorf("%v", err)
		}
		odd := secrets.Layer{Origin: "ssm:/app/prod", Parameters: []secrets.Parameter{given("/app/prod/1st", "x")}}
		_, err = resolveExec(t, odd).Export(format, nil)
		wantProblem(t, err, "parameter-unexportable")
	}
	if _, err := exported(t, []string{"a\x00b"}).Export("json", nil); err != nil {
		t.Errorf("JSON can hold NUL: %v", err)
	}
}

// TestExportDangerous: what would change how a shell's programs load is left
// out of what a shell reads, unless allowed, and is there as data.
func TestExportDangerous(t *testing.T) {
	t.Parallel()
	evil := resolveExec(t, secrets.Layer{Origin: "ssm:/app/prod", Parameters: []secrets.Parameter{given("/app/prod/LD_PRELOAD", "/tmp/e.so")}})
	out, err := evil.Export("shell", nil)
	if err != nil || len(out.Content) > 0 || !slices.Equal(out.Dangerous, []string{"LD_PRELOAD"}) {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = evil.Export("shell", []string{"LD_*"})
	if err != nil || string(out.Content) != "export LD_PRELOAD=/tmp/e.so\n" {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = evil.Export("json", nil)
	if err != nil || string(out.Content) != `{"LD_PRELOAD":"/tmp/e.so"}`+"\n" {
		t.Errorf("%+v, %v", out, err)
	}
}

func wantProblem(t *testing.T, err error, code string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != Invalid || e.Problems[0].Code != code {
		t.Errorf("error %v, want %s", err, code)
	}
}

// FuzzExportJSON: what is not refused comes back, whatever the name and value.
func FuzzExportJSON(f *testing.F) {
	for _, s := range slices.Concat(hostile.Values, hostile.Invalid) {
		f.Add("name", s)
	}
	f.Add("a/b", "x")
	f.Fuzz(func(t *testing.T, name, s string) {
		r := resolveExec(t, secrets.Layer{Origin: "ssm:/app/prod", Parameters: []secrets.Parameter{given("/app/prod/"+name, s)}})
		out, err := r.Export("json", nil)
		if err != nil {
			if utf8.ValidString(s) && utf8.ValidString(name) {
				t.Errorf("%q, %q: %v", name, s, err)
			}
			return
		}
		got := map[string]string{}
		if err := json.Unmarshal(out.Content, &got); err != nil || len(got) != 1 || got[name] != s {
			t.Errorf("%q, %q came back as %q, %v: %s", name, s, got, err, out.Content)
		}
	})
}

// FuzzExportDotenv: godotenv reads back every value without a doubt, and a shell
// reads back every value.
func FuzzExportDotenv(f *testing.F) {
	for _, s := range slices.Concat(hostile.Values, hostile.Invalid, []string{"it's $5", `'\`, `\'`, `a'\nb`, "'`'", `'"`, `$'\`}) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted, doubts, refused := format.DotenvValue(s)
		if refused != nil || len(s) > 1000 { // godotenv is slow
			return
		}
		if words, err := format.SplitWords("A=" + quoted); err != nil || s != "" && (len(words) != 1 || words[0] != "A="+s) {
			t.Errorf("%q is %q to a shell, %v: %s", s, words, err, quoted)
		}
		if slices.Contains(doubts, format.ReaderGo) {
			return
		}
		if got := byGodotenv(t, []byte("V_0="+quoted+"\nAFTER=x\n"))["V_0"]; got != s {
			t.Errorf("%q is %q to godotenv: %s", s, got, quoted)
		}
	})
}
