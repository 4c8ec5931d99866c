package docslint

import (
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
)

func page(name, text string) *Page {
	return &Page{Name: name, Text: text, Blocks: docpage.Parse(name, text)}
}

func TestBrokenLinks(t *testing.T) {
	t.Parallel()
	p := page("docs/x.md", "# A `--flag`, and more\n## Twice\n## Twice\n"+
		"[a](#a---flag-and-more) [b](#twice-1) [c](../README.md) ![d](https://example.com/x) `[e](gone.md)` [f](design.md#rooms)\n"+
		"```text\n[g](gone.md)\n```\n[h](gone.md) [i](#thrice) [j](../../etc/passwd) [k](design.md#nowhere) [l](../go.mod#x)\n")
	anchors := map[string]map[string]bool{"docs/x.md": p.anchors(), "docs/design.md": page("docs/design.md", "# Rooms\n").anchors()}
	got := strings.Join(brokenLinks(Top(t), p, anchors), "\n")
	for _, want := range []string{"docs/x.md:8: the link gone.md", "#thrice", "../../etc/passwd", "design.md#nowhere", "../go.mod#x"} {
		if !strings.Contains(got, want) {
			t.Errorf("not found: %s", want)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 5 {
		t.Errorf("%d broken links, want 5:\n%s", n, got)
	}
}

func TestLongSentences(t *testing.T) {
	t.Parallel()
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	for text, want := range map[string]int{
		words(35) + ".":                                       0,
		words(36) + ".":                                       1,
		words(20) + ". " + words(20) + ".":                    0,
		words(20) + "\n" + words(20) + ".":                    1,
		words(20) + "\n\n" + words(20):                        0,
		"* " + words(20) + "\n* " + words(20):                 0,
		"* " + words(20) + "\n  " + words(20):                 1,
		"| " + words(30) + " | " + words(30) + " |":           0,
		"```sh\n" + words(50) + "\n```\n":                     0,
		"text:\n\n    " + words(50) + "\n":                    0,
		words(30) + " [" + words(10) + "](x.md)":              1,
		words(30) + " [one](x.md) `" + words(20) + "`":        0,
		words(30) + " e.g. " + words(10):                      1,
		"1. " + words(3) + "\n\n       " + words(50) + "\n\n": 0,
	} {
		if got := longSentences(page("x.md", text)); len(got) != want {
			t.Errorf("%d long sentences, want %d:\n%s", len(got), want, text)
		}
	}
}

func TestMissingTargets(t *testing.T) {
	t.Parallel()
	p := page("x.md", "Run `make demo`, `make -C dir demo` or `make -s BINDIR=x gone`; make sure.\n\n    make other\n\n```sh\nTSBOOT_REQUIRE=x make third FLAG=1\nmake\n```\n")
	got := strings.Join(missingTargets(p, map[string]bool{"demo": true}), "\n")
	if strings.Count(got, "\n") != 2 || !strings.Contains(got, "make gone") || !strings.Contains(got, "make other") || !strings.Contains(got, "make third") {
		t.Errorf("missing:\n%s", got)
	}
}

func TestWrongBlocks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"```sh\necho a\n```\n":                        0,
		"```sh shown: needs AWS\naws x\n```\n":        0,
		"```sh shown:\naws x\n```\n":                  1,
		"```console\n$ ls\n```\n":                     1,
		"```sh\necho 'a\n```\n":                       1,
		"```json\n{\n```\n":                           0,
		"1. a\n\n   ```sh\n   if x; then y\n   ```\n": 1,
	} {
		if got := wrongBlocks(page("x.md", text)); len(got) != want {
			t.Errorf("%d faults, want %d: %q\n%s", len(got), want, got, text)
		}
	}
}

func TestIndentedCode(t *testing.T) {
	t.Parallel()
	p := page("x.md", "text\n\n    one\n    two\n\n1. item\n\n   its text\n\n       three\n\n* item\n  more\n      no code\n\ntext\n    no code\n")
	var got []string
	for _, line := range p.Code() {
		got = append(got, line.Text)
	}
	if want := []string{"one", "two", "three"}; !slices.Equal(got, want) {
		t.Errorf("code %q, want %q", got, want)
	}
}

func TestBrokenTables(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"| a | b |\n|---|--:|\n| c | `d \\| e` |\n": 0,
		"text\n\n  | a |\n  |---|\n  | b |\n\ntext": 0,
		"| a | b |\n|---|---|\n| c |\n":             1,
		"| a | b |\n| c | d |\n":                    1,
		"text\n| a |\n|---|\n":                      0,
		"| a |\n|---|\n| b | c\n":                   1,
		"```text\n| a |\n| b | c |\n```\n":          0,
	} {
		if got := brokenTables(page("x.md", text)); len(got) != want {
			t.Errorf("%d faults, want %d: %q\n%s", len(got), want, got, text)
		}
	}
}
