package docpage

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	timeOfDay = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)`
	duration  = `(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:s|ms|µs)`
)

// Compare says how what was printed differs from what a page has. In the page `...` stands for any part of a line, and a
// line of `...` alone for any number of lines; a time such as 2026-01-02T15:04:05Z for any time, and a duration in
// milliseconds for any duration. Space at the end of a line and of the text does not count.
func Compare(printed, page string) error {
	if pattern(page).MatchString(normal(printed)) {
		return nil
	}
	return fmt.Errorf("printed:\n%s\nthe page has:\n%s", printed, page)
}

func pattern(page string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for line := range strings.Lines(normal(page)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.TrimSpace(line) == "..." {
			b.WriteString(`(?:.*\n)*`)
			continue
		}
		b.WriteString(linePattern(line) + `\n`)
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String())
}

// vary finds what varies in a line of a page.
var vary = regexp.MustCompile(`(` + timeOfDay + `)|(\b\d+(?:\.\d+)?ms\b)|(\.\.\.)`)

func linePattern(line string) string {
	var b strings.Builder
	rest := 0
	for _, at := range vary.FindAllStringSubmatchIndex(line, -1) {
		b.WriteString(regexp.QuoteMeta(line[rest:at[0]]))
		switch rest = at[1]; {
		case at[2] >= 0:
			b.WriteString(timeOfDay)
		case at[4] >= 0:
			b.WriteString(duration)
		default:
			b.WriteString(`.*`)
		}
	}
	return b.String() + regexp.QuoteMeta(line[rest:])
}

func normal(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, " \t\r\n")) {
		b.WriteString(strings.TrimRight(line, " \t\r\n") + "\n")
	}
	return b.String()
}
