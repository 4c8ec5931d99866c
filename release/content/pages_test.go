package content

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLinksOfPages(t *testing.T) {
	t.Parallel()
	const repo = "https://github.com/tsboot/tsboot/blob/main/"
	beside := []string{"README.md", "docs/watch.md", "docs/watch-rules.md"}
	for _, test := range []struct{ name, text, want string }{
		{"docs/watch.md", "see [rules](watch-rules.md#keys), [here](#flags)\n", "see [rules](watch-rules.md#keys), [here](#flags)\n"},
		{"docs/watch.md", "[a](agents/tswatch.md) and [b](design.md#rooms), [c](../README.md)", "[a](" + repo + "docs/agents/tswatch.md) and [b](" + repo + "docs/design.md#rooms), [c](../README.md)"},
		{"docs/watch.md", "[up](../SECURITY.md), [dir](../examples)", "[up](" + repo + "SECURITY.md), [dir](" + repo + "examples)"},
		{"README.md", "![p](docs/pictures/a.svg)\n[`tswatch`](docs/watch.md)", "![p](" + repo + "docs/pictures/a.svg)\n[`tswatch`](docs/watch.md)"},
		{"README.md", "[x](https://x.example/a#b) [m](mailto:a@b.example)", "[x](https://x.example/a#b) [m](mailto:a@b.example)"},
		{"README.md", "`[x](gone.md)` [`y`](gone.md)", "`[x](gone.md)` [`y`](" + repo + "gone.md)"},
		{"README.md", "```sh\n[x](gone.md)\n```\n[x](gone.md)\n", "```sh\n[x](gone.md)\n```\n[x](" + repo + "gone.md)\n"},
	} {
		if got := withLinks(test.name, test.text, beside); got != test.want {
			t.Errorf("%s: %q becomes\n%q, want\n%q", test.name, test.text, got, test.want)
		}
	}
}

func TestPages(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"docs/a.md": "[b](b.md) [c](c.md)\n", "docs/b.md": "b\n"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Pages("out", []string{"docs/a.md", "docs/b.md"}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("out/docs/a.md")
	if want := "[b](b.md) [c](" + repository + "docs/c.md)\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if err := Pages("out", []string{"docs/gone.md"}); err == nil || !strings.Contains(err.Error(), "docs/gone.md") {
		t.Errorf("a page that is not there: %v", err)
	}
}

// TestPagesOfTheRepository: no link of a page of the package of tswatch leads to a file that the package does not have.
func TestPagesOfTheRepository(t *testing.T) {
	t.Chdir("../..")
	names, err := filepath.Glob("docs/watch*.md")
	if err != nil || len(names) < 5 {
		t.Fatalf("pages: %q, %v", names, err)
	}
	dir := t.TempDir()
	if err := Pages(dir, append(names, "CHANGELOG.md", "SECURITY.md")); err != nil {
		t.Fatal(err)
	}
	away := 0
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range pageLink.FindAllStringSubmatch(pageCode.ReplaceAllString(string(text), "code"), -1) {
			target, _, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") {
				away++
				continue
			}
			if _, err := os.Stat(filepath.Join(dir, filepath.Dir(name), target)); target != "" && err != nil {
				t.Errorf("%s: the link %s leads nowhere", name, link[1])
			}
		}
	}
	if away == 0 {
		t.Error("no page leads out of the package")
	}
}
