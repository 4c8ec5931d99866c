package help

import (
	"path"
	"strings"
)

// Span is a piece of text of one kind. Code is printed as it stands.
type Span struct {
	Text       string
	Code, Bold bool
}

var (
	codeOrBold = lazy("`([^`]+)`" + `|\*\*([^*]+)\*\*`)
	link       = lazy(`\[([^\]]+)\]\(([^)]+)\)`)
)

// Spans cuts a text at its inline marks. A link becomes its text, or the path below the repository where the text is no more
// than the name of the page.
func Spans(text string) []Span {
	text = link().ReplaceAllStringFunc(text, func(found string) string {
		parts := link().FindStringSubmatch(found)
		if parts[1] == parts[2] && !strings.Contains(parts[2], ":") {
			return "`" + path.Join("docs", parts[2]) + "`"
		}
		return parts[1]
	})
	var spans []Span
	for len(text) > 0 {
		at := codeOrBold().FindStringSubmatchIndex(text)
		if at == nil {
			return append(spans, Span{Text: text})
		}
		if at[0] > 0 {
			spans = append(spans, Span{Text: text[:at[0]]})
		}
		if at[2] >= 0 {
			spans = append(spans, Span{Text: text[at[2]:at[3]], Code: true})
		} else {
			spans = append(spans, Span{Text: text[at[4]:at[5]], Bold: true})
		}
		text = text[at[1]:]
	}
	return spans
}

// Plain is a text without its inline marks. Code of one character would be lost between words: it stands in quotes.
func Plain(text string) string {
	var b strings.Builder
	for _, span := range Spans(text) {
		if span.Code && len(span.Text) == 1 {
			span.Text = `"` + span.Text + `"`
		}
		b.WriteString(span.Text)
	}
	return b.String()
}
