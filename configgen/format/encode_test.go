package format

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	goccy "github.com/goccy/go-yaml"
	"github.com/joho/godotenv"
	"go.yaml.in/yaml/v3"
	"gopkg.in/ini.v1"

	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/integration/require"
)

// TestHostileValues: a value that an encoder does not refuse is read back as it was.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	for _, s := range append(hostile.Values, hostile.Invalid...) {
		comesBack(t, s)
	}
}

func FuzzEncoders(f *testing.F) {
	for _, s := range append(hostile.Values, hostile.Invalid...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { comesBack(t, s) })
}

// neverRefused are the formats that hold every text.
var neverRefused = map[string]bool{"json": true, "yaml": true, "toml": true}

// comesBack writes a value with every encoder and escape and reads it again.
func comesBack(t *testing.T, s string) {
	t.Helper()
	for _, enc := range Formats {
		format := enc.Name
		if enc.Encode == nil {
			continue
		}
		if refused := enc.Leaf(s); refused != nil {
			if neverRefused[format] && utf8.ValidString(s) {
				t.Errorf("%s refuses %q: %v", format, s, refused)
			}
			continue
		}
		if !utf8.ValidString(s) {
			t.Errorf("%s takes %q, which is not UTF-8", format, s)
		}
		data, err := enc.Encode(Object{{"before", int64(1)}, {"key", s}, {"after", "x"}})
		if err != nil {
			t.Errorf("%s: encode %q: %v", format, s, err)
			continue
		}
		for reader, read := range readers[format] {
			if reader == "godotenv" && misreads(s) {
				continue
			}
			got, err := read(data)
			if err != nil || len(got) != 3 || got["key"] != s || got["after"] != "x" {
				t.Errorf("%s by %s: %q came back as %q, %v:\n%s", format, reader, s, got["key"], err, data)
			}
		}
	}
	for _, e := range Escapes {
		escaped, refused := e.One(s)
		if refused != nil {
			continue
		}
		got, err := unescape(e.Name, escaped)
		if err != nil || got != s {
			t.Errorf("escape %s: %q came back as %q, %v: %s", e.Name, s, got, err, escaped)
		}
	}
}

// TestChains: what two escapes wrote, one after the other, is read back by their readers in the other order.
func TestChains(t *testing.T) {
	t.Parallel()
	for _, first := range EscapeNames() {
		for _, second := range EscapeNames() {
			for _, s := range hostile.Values {
				escaped, refused := ChainOf([]string{first, second}).One(s)
				if refused != nil {
					continue
				}
				once, err := unescape(second, escaped)
				if err == nil {
					once, err = unescape(first, once)
				}
				if err != nil || once != s {
					t.Errorf("%s, then %s: %q came back as %q, %v: %s", first, second, s, once, err, escaped)
				}
			}
		}
	}
	if _, refused := ChainOf([]string{"line", "json"}).One("a\nb"); refused == nil {
		t.Error("a chain takes what its first link refuses")
	}
	if _, refused := ChainOf([]string{"json", "xml"}).One("a\xff"); refused == nil {
		t.Error("a chain takes what is not UTF-8")
	}
	if _, refused := ChainOf([]string{"raw", "ini"}).One("a;b"); refused == nil {
		t.Error("a chain takes what its last link refuses")
	}
}

type reader func([]byte) (map[string]any, error)

// readers are the programs' side: for each format what a reader of it sees.
var readers = map[string]map[string]reader{
	"json": {"encoding/json": func(b []byte) (m map[string]any, err error) { return m, json.Unmarshal(b, &m) }},
	"yaml": {
		"yaml/v3": func(b []byte) (m map[string]any, err error) { return m, yaml.Unmarshal(b, &m) },
		"goccy":   func(b []byte) (m map[string]any, err error) { return m, goccy.Unmarshal(b, &m) },
	},
	"toml": {"BurntSushi": func(b []byte) (m map[string]any, err error) { return m, toml.Unmarshal(b, &m) }},
	"ini":  {"ini.v1": readINI},
	"env":  {"godotenv": readDotenv},
}

func readINI(b []byte) (map[string]any, error) {
	f, err := ini.Load(b)
	if err != nil {
		return nil, err
	}
	m := map[string]any{}
	for _, k := range f.Section("").Keys() {
		m[k.Name()] = k.String()
	}
	return m, nil
}

// misreads are the values that godotenv itself cannot have: it takes an
// escaped quote or backslash at the end for no end.
func misreads(s string) bool {
	return strings.HasSuffix(s, `\`) || strings.Contains(s, "'") && (strings.HasSuffix(s, `"`) || strings.Contains(s, `\`) || strings.Contains(s, "$"))
}

func readDotenv(b []byte) (map[string]any, error) {
	all, err := godotenv.UnmarshalBytes(b)
	m := map[string]any{}
	for k, v := range all {
		m[k] = v
	}
	return m, err
}

// unescape reads the result of an escape in the place it is for.
func unescape(name, escaped string) (string, error) {
	var s string
	var m map[string]any
	switch name {
	case "json":
		err := json.Unmarshal([]byte(`"`+escaped+`"`), &s)
		return s, err
	case "yaml":
		err := goccy.Unmarshal([]byte(`a: "`+escaped+`"`), &m)
		if err == nil {
			err = yaml.Unmarshal([]byte(`"`+escaped+`"`), &s)
		}
		if err == nil && m["a"] != s {
			err = fmt.Errorf("goccy reads %q", m["a"])
		}
		return s, err
	case "toml":
		err := toml.Unmarshal([]byte(`a = "`+escaped+`"`), &m)
		s, _ = m["a"].(string)
		return s, err
	case "xml":
		v := struct {
			A string `xml:"a,attr"`
			B string `xml:"b"`
		}{}
		err := xml.Unmarshal([]byte(`<x a="`+escaped+`"><b>`+escaped+`</b></x>`), &v)
		if err == nil && v.A != v.B {
			err = fmt.Errorf("attribute %q", v.A)
		}
		return v.B, err
	case "shell":
		words, err := SplitWords("cmd " + escaped)
		if err == nil && len(words) != 2 {
			err = fmt.Errorf("%d words", len(words))
		}
		return words[len(words)-1], err
	case "dollar":
		return strings.ReplaceAll(escaped, "$$", "$"), nil
	case "url":
		return url.PathUnescape(escaped)
	case "ini":
		m, err := readINI([]byte("a = " + escaped + "\nb = 1\n"))
		s, _ = m["a"].(string)
		return s, err
	case "line":
		if strings.ContainsAny(escaped, "\n\r\x00") {
			return escaped, fmt.Errorf("more than a line")
		}
	}
	return escaped, nil
}

// TestEnvInAShell: a POSIX shell that reads the file has the values, and
// nothing was run.
func TestEnvInAShell(t *testing.T) {
	t.Parallel()
	require.Tools(t, "sh")
	for _, s := range hostile.Values {
		quoted, refused := envValue(s)
		word, unquotable := shellWord(s)
		if refused != nil || unquotable != nil {
			continue
		}
		out, err := exec.Command("sh", "-c", "A="+quoted+"\nprintf '%s' \"$A\"; printf '%s' "+word).CombinedOutput()
		if err != nil || string(out) != s+s {
			t.Errorf("%q came back as %q, %v: %s", s, out, err, quoted)
		}
	}
}

// TestWordsAsAShell compares the splitting with a real shell's, where nothing
// in the words would be evaluated by one.
func TestWordsAsAShell(t *testing.T) {
	t.Parallel()
	require.Tools(t, "sh")
	for _, s := range []string{
		"", "a", " a  b\tc\nd ", `--hostname="my host"`, `'a b' "c d"`, `a\ b`, `a"b c"d'e f'g`, `""`, `'' a`, `"a\"b"`, `'a\b'`, `"a\b"`, `"a\\b"`, "a\\\nb", `\"a\"`, `"'"`, `'"'`, `a=b c=d`, `"\$x" '$x'`, "\"\\`id\\`\"",
	} {
		words, err := SplitWords(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		out, err := exec.Command("sh", "-c", `f() { for i; do printf '<%s>' "$i"; done; }; f `+strings.ReplaceAll(strings.TrimSpace(s), "c\nd", "c d")).CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, w := range words {
			got += "<" + w + ">"
		}
		if got != string(out) {
			t.Errorf("%q: %s, a shell has %s", s, got, out)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range append(hostile.Values, `a 'b`, `a "b`, `a\`) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		words, err := SplitWords(s)
		if err != nil {
			return
		}
		joined, refused := shellWords(words)
		if refused != nil {
			return
		}
		again, err := SplitWords(joined)
		if err != nil || fmt.Sprintf("%q", again) != fmt.Sprintf("%q", words) {
			t.Errorf("%q: %q, joined and split again %q, %v", s, words, again, err)
		}
	})
}
