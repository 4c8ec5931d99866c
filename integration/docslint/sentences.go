package docslint

import (
	"fmt"
	"regexp"
	"strings"
)

// longest is the number of words that a sentence may have.
const longest = 35

var (
	linkText   = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	comment    = regexp.MustCompile(`(?s)<!--.*?-->`)
	listMarker = regexp.MustCompile(`^ *(?:[*-]|\d+\.) +`)
	// A sentence ends at a full stop, a question or exclamation mark, before a space and a capital letter or a mark.
	sentenceEnd  = regexp.MustCompile(`[.!?][)"*]* +`)
	abbreviation = regexp.MustCompile(`\b(e\.g|i\.e|vs|etc)\. `)
)

// Sentence is a sentence of a page.
type Sentence struct {
	Line  int // where its paragraph begins
	Text  string
	Words int
}

// sentences are those of the paragraphs, items and cells of tables that have more words than one sentence may have.
func (p *Page) sentences() []Sentence {
	var all []Sentence
	var paragraph []string
	begin := 0
	flush := func() {
		all = append(all, splitSentences(begin, strings.Join(paragraph, " "))...)
		paragraph = nil
	}
	code := map[int]bool{}
	for _, line := range p.Code() {
		code[line.Number] = true
	}
	for _, line := range p.Prose() {
		text := strings.TrimSpace(line.Text)
		switch {
		case text == "" || code[line.Number]:
			flush()
			continue
		case strings.HasPrefix(text, "|"):
			flush()
			for cell := range strings.SplitSeq(strings.Trim(strings.ReplaceAll(text, `\|`, "/"), "|"), "|") {
				all = append(all, splitSentences(line.Number, cell)...)
			}
			continue
		case listMarker.MatchString(line.Text) || strings.HasPrefix(text, "#"):
			flush()
			text = listMarker.ReplaceAllString(line.Text, "")
		}
		if len(paragraph) == 0 {
			begin = line.Number
		}
		paragraph = append(paragraph, text)
	}
	flush()
	return all
}

func splitSentences(line int, text string) []Sentence {
	if len(strings.Fields(text)) <= longest {
		return nil // as most are
	}
	text = comment.ReplaceAllString(text, "")
	text = codeSpan.ReplaceAllStringFunc(text, func(span string) string { // one word: nobody reads it as a sentence
		return strings.NewReplacer(" ", "_", ".", "_", "?", "_", "!", "_").Replace(span)
	})
	text = linkText.ReplaceAllString(text, "$1")
	text = abbreviation.ReplaceAllString(text, "$1 ")
	var all []Sentence
	rest := 0
	for _, at := range append(sentenceEnd.FindAllStringIndex(text, -1), []int{0, len(text)}) {
		sentence := strings.TrimSpace(text[rest:at[1]])
		rest = at[1]
		if words := len(strings.Fields(sentence)); words > 0 {
			all = append(all, Sentence{line, sentence, words})
		}
	}
	return all
}

// longSentences are those with too many words.
func longSentences(p *Page) []string {
	var long []string
	for _, s := range p.sentences() {
		if s.Words > longest {
			long = append(long, fmt.Sprintf("%s:%d: %d words: %s", p.Name, s.Line, s.Words, s.Text))
		}
	}
	return long
}
