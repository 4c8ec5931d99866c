package configfile

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/secrets"
)

// values are what the flags of a test have.
type values struct {
	list []string
	word string
	n    int
}

func bind(t *testing.T, text string, args ...string) (*values, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	v := &values{}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.StringArrayVar(&v.list, "list", []string{"default"}, "")
	fs.StringVar(&v.word, "word", "default", "")
	fs.IntVar(&v.n, "n", 1, "")
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	origins := &cli.Origins{Program: cli.Program{Name: "tswatch", Nearest: secrets.Nearest}}
	return v, Bind(fs, path, []string{"list", "word", "n", "of-another"}, origins)
}

func TestBind(t *testing.T) {
	t.Parallel()
	none := values{[]string{"default"}, "default", 1}
	for text, want := range map[string]values{
		"":                                   none,
		"# only a comment\n":                 none,
		"of-another: [1, 2]\n":               none,
		"list: [a, b]\nword: on\nn: 7":       {[]string{"a", "b"}, "on", 7},
		"list: one\n":                        {[]string{"one"}, "default", 1},
		"list: []\n":                         {nil, "default", 1},
		"{\n\t\"word\": \"a,b\",\n\"n\": 2}": {[]string{"default"}, "a,b", 2},
	} {
		got, err := bind(t, text)
		if err != nil || got.word != want.word || got.n != want.n || strings.Join(got.list, " ") != strings.Join(want.list, " ") {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
	if got, err := bind(t, "word: file\nlist: [file]\n", "--word", "flag"); err != nil || !reflect.DeepEqual(got, &values{[]string{"file"}, "flag", 1}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBindRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"wrod: a":             `:1:1: unknown key "wrod"; the nearest is word`,
		"a\n":                 ":1:1: want keys with values",
		"- a\n":               ":1:1: want keys with values",
		"n: 1\nn: 2":          ":2:1: the key \"n\" stands twice",
		"n: x":                ":1:4: n \"x\": want a whole number",
		"word:":               "has no value",
		"word: {a: b}":        ":1:7: word is one value or a list",
		"word: [a]":           ":1:7: word is one value, not a list",
		"list: [[a]]":         ":1:8: an item of list is one value",
		"list: [a, null]":     ":1:11: an item of list",
		"n: 1\n---\nn: 2":     ":2:1: a second document",
		"word: \"open":        ":1:1: ",
		"n: 1\nconfig: other": ":2:1: config is for the command line only",
		`{"n": 1,` + "\n" + ` "word": "ä" "list"}`: ":2:14: invalid character '\"' after object key:value pair",
		"{\"n\": 1\n":           ":1:8: unexpected end of JSON input",
		`{"n": 1} {"n": 2}`:     ":1:10: invalid character '{' after top-level value",
		"? [a]\n: b":            ":1:3: a key is one word",
		"word: *nothing":        "unknown anchor",
		"a: &x [*x]\nword: b\n": "",
	} {
		_, err := bind(t, text)
		if !errors.As(err, new(*cli.UsageError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if err := Bind(pflag.NewFlagSet("", pflag.ContinueOnError), "/no/such/file", nil, &cli.Origins{}); !errors.As(err, new(*cli.UsageError)) {
		t.Errorf("%v", err)
	}
}

// TestPlaces: a fault of an item is at its place, also where it is found later; one of a file that is not there names the flag.
func TestPlaces(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "c")
	if err := os.WriteFile(path, []byte("list:\n  - a\n  - b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var list []string
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.StringArrayVar(&list, "list", nil, "")
	origins := &cli.Origins{Program: cli.Program{Name: "tswatch"}}
	if err := Bind(fs, path, []string{"list"}, origins); err != nil {
		t.Fatal(err)
	}
	for item, want := range map[string]string{"a": ":2:5: list is wrong", "b": ":3:5: list is wrong", "of the flag": ":2:3: list is wrong"} {
		if err := origins.WrongItemf("list", item, " is wrong"); err.Error() != path+want {
			t.Errorf("%s: %v, want %s", item, err, want)
		}
	}
	origins.ByVariable = map[string]bool{"config": true}
	if err := Bind(fs, path+"x", nil, origins); err == nil || !strings.HasPrefix(err.Error(), "variable TSWATCH_CONFIG: open ") {
		t.Errorf("%v", err)
	}
}
