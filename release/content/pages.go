package content

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// repository is where the pages are that a package does not have.
const repository = "https://github.com/tsboot/tsboot/blob/main/"

var (
	pageLink = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	pageCode = regexp.MustCompile("``[^`]+``|`[^`]+`")
)

// Pages copies pages of the repository, named from its top, into a directory, with the same names. A link to a page that is not
// among them leads to the repository.
func Pages(dir string, names []string) error {
	for _, name := range names {
		text, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return fmt.Errorf("read a page: %w", err)
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("write a page: %w", err)
		}
		if err := os.WriteFile(file, []byte(withLinks(name, string(text), names)), 0o644); err != nil {
			return fmt.Errorf("write a page: %w", err)
		}
	}
	return nil
}

// withLinks is the text of a page beside the others of its package. What stands in code is no link.
func withLinks(name, text string, beside []string) string {
	var b strings.Builder
	fenced := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimLeft(line, " "), "```") {
			fenced = !fenced
		}
		if fenced {
			b.WriteString(line)
			continue
		}
		at := 0
		for _, code := range append(pageCode.FindAllStringIndex(line, -1), []int{len(line), len(line)}) {
			b.WriteString(pageLink.ReplaceAllStringFunc(line[at:code[0]], func(link string) string {
				target := pageLink.FindStringSubmatch(link)[1]
				return "](" + led(name, target, beside) + ")"
			}))
			b.WriteString(line[code[0]:code[1]])
			at = code[1]
		}
	}
	return b.String()
}

// led is where a link of a page leads in a package.
func led(name, target string, beside []string) string {
	file, anchor, _ := strings.Cut(target, "#")
	if file == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return target
	}
	other := path.Join(path.Dir(name), file)
	if slices.Contains(beside, other) {
		return target
	}
	if anchor != "" {
		other += "#" + anchor
	}
	return repository + other
}
