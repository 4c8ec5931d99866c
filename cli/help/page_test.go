package help

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tsboot/tsboot/docs"
)

var sample = `# Some page

A paragraph with ` + "`code`" + ` and **bold** text,
in two lines. See [errors.md](errors.md) and [the rest](https://example.com/).

## A list

* one
  goes on
* two
1. first

    make it
      so

    again

| code | meaning |
|---|---|
| 64 | a flag is wrong |
| 127 | ` + strings.TrimSpace(strings.Repeat("many words ", 20)) + ` |
`

const sampleText = `SOME PAGE

A paragraph with code and bold text, in two lines. See docs/errors.md and the rest.

A list:
* one goes on
* two

1. first

    make it
      so

    again

code  meaning
----  ----------------------------------------------------------------------------------------------
64    a flag is wrong
127   many words many words many words many words many words many words many words many words many
      words many words many words many words many words many words many words many words many words
      many words many words many words
`

func TestPageAsText(t *testing.T) {
	t.Parallel()
	if got := Parse(sample).Text(); got != sampleText {
		t.Errorf("got\n%s\nwant\n%s", got, sampleText)
	}
}

// TestTopicsFit: the pages that are topics fit a terminal, and nothing of Markdown that this package does not know is left
// in them.
func TestTopicsFit(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"parameters": docs.Parameters, "signals": docs.Signals, "exit-codes": docs.ExitCodes, "environment": docs.Environment,
	} {
		for line := range strings.Lines(Parse(page).Text()) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > Width {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
			if strings.ContainsAny(line, "`|") && !strings.HasPrefix(line, "    ") && !strings.Contains(line, "| head") || strings.Contains(line, "](") || strings.HasPrefix(line, "#") {
				t.Errorf("%s: Markdown is left: %s", name, line)
			}
		}
	}
}
