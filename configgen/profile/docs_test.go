package profile

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/format"
)

// TestDocs: the reference names every key, type, format and escape, and its
// example is a profile.
func TestDocs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	_, example, _ := strings.Cut(page, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if _, err := Parse("docs/profiles.md", []byte(example)); err != nil {
		t.Error(err)
	}
	words := append(format.EscapeNames(), format.ForFiles()...)
	words = append(words, string(String), string(Int), string(Bool), string(List), string(Words))
	for _, file := range []string{"parse.go", "parse_files.go", "parse_parameters.go", "parse_commands.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`p\.fields\(n, [^,]+, ("[^)]*")\)`).FindAllStringSubmatch(string(source), -1) {
			for _, key := range strings.Split(call[1], ", ") {
				words = append(words, strings.Trim(key, `"`))
			}
		}
	}
	if !slices.Contains(words, "secret-argv") || !slices.Contains(words, "pidfile") {
		t.Fatalf("the keys were not found in the source: %v", words)
	}
	for _, word := range words {
		if !regexp.MustCompile("[`{ .]" + regexp.QuoteMeta(word) + "[`:,]").MatchString(page) {
			t.Errorf("docs/profiles.md does not name %q", word)
		}
	}
}
