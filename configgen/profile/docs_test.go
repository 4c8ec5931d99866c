package profile

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/format"
)

var update = flag.Bool("update", false, "write the tables of keys into docs/profiles.md")

const page = "../../docs/profiles.md"

// tables are the mappings of the language, by the name of their table in docs/profiles.md.
func tables() map[string][]key {
	p := &parser{profile: &Profile{}}
	return map[string][]key{
		"profile":    p.profileKeys(),
		"parameters": p.parameterKeys(&declaration{}),
		"files":      p.fileKeys(&File{}),
		"pieces":     p.pieceKeys(&Piece{}, &File{}),
		"setup":      p.stepKeys(&Step{}),
		"run":        p.runKeys(),
		"follow":     p.daemonKeys(&Daemon{}),
		"stop":       p.stopKeys(),
		"health":     p.healthKeys(&Health{}),
		"env":        p.envKeys(),
		"tests":      p.testKeys(&Test{}),
	}
}

// table writes keys as docs/profiles.md has them.
func table(keys []key) string {
	var b strings.Builder
	b.WriteString("| key | default | |\n|---|---|---|\n")
	for _, k := range keys {
		usual := k.usual
		switch {
		case usual != "":
		case k.required && k.only == nil:
			usual = "required"
		case k.required:
			usual = "required with `" + k.only.key + ": " + strings.Join(k.only.words, "`, `") + "`"
		default:
			usual = "none"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.name, usual, k.about)
	}
	return b.String()
}

// TestDocsHaveEveryKey: the tables of docs/profiles.md are those of the reader. With
// -update it writes them.
func TestDocsHaveEveryKey(t *testing.T) { // not beside those that read the page
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, keys := range tables() {
		begin, end := "<!-- keys of "+name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(text, begin)
		old, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			t.Errorf("%s has no %s", page, begin)
			continue
		}
		if want := table(keys); old != want {
			if !*update {
				t.Errorf("the keys of %s are\n%s\nwant\n%s\ngo test ./configgen/profile -run TestDocs -update", name, old, want)
			}
			text = before + begin + want + end + after
		}
	}
	if *update && text != string(data) {
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDocsHaveEveryWord: the reference names every type, format and escape, and its
// example is a profile.
func TestDocsHaveEveryWord(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	_, example, _ := strings.Cut(text, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if _, err := Parse("docs/profiles.md", []byte(example)); err != nil {
		t.Error(err)
	}
	words := append(format.EscapeNames(), format.ForFiles()...)
	words = append(words, aType.words...)
	for _, word := range words {
		if !regexp.MustCompile("[`{ .]" + regexp.QuoteMeta(word) + "[`:,]").MatchString(text) {
			t.Errorf("docs/profiles.md does not name %q", word)
		}
	}
}

// TestKeysAreDescribed: each key has a description, and each that is only for some
// words names a key that stands before it and those words.
func TestKeysAreDescribed(t *testing.T) {
	t.Parallel()
	for name, keys := range tables() {
		for _, k := range keys {
			if k.about == "" || strings.Contains(k.about, "\n") || strings.Contains(k.about, "|") {
				t.Errorf("%s: %s is described as %q", name, k.name, k.about)
			}
		}
	}
}
