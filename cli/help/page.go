package help

import (
	"regexp"
	"strings"
	"sync"
)

// Page is a text as blocks: what help, manual page and documentation are made of.
type Page []Block

// Kind says what a block is.
type Kind int

// The kinds of blocks.
const (
	Paragraph Kind = iota
	Heading
	Item // of a list
	Code // lines that stay as they are
	Table
	Definition // of a term: a flag, a command; Parse makes none
)

// Block is one part of a page.
type Block struct {
	Kind   Kind
	Text   string     // of Paragraph, Heading, Item and Definition, in one line, with its inline marks
	Level  int        // of Heading: 1 is the title
	Marker string     // of Item: "*" or a number, "1."
	Term   string     // of Definition, with its inline marks
	Lines  []string   // of Code, without the indentation that they share
	Rows   [][]string // of Table; the first is its header
}

// lazy is a regular expression that is compiled when it is first used: a program that prints no help must not pay for it at
// every start.
func lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var (
	headingLine = lazy(`^(#{1,3}) (.+)$`)
	itemLine    = lazy(`^(\*|[0-9]+\.) +(.+)$`)
	cellEdge    = lazy(` *\| *`)
)

// Parse reads the part of Markdown that these pages use: headings with #, paragraphs, lists with * or numbers, tables, and
// code that is indented by two columns or more. Every other line is text. It takes every text and never fails.
func Parse(markdown string) Page {
	var page Page
	blank := true // the line before, or there is none
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, " \n")
		if line == "" {
			blank = true
			if last := page.last(); last != nil && last.Kind == Code {
				last.Lines = append(last.Lines, "")
			}
			continue
		}
		page = page.take(line, blank)
		blank = false
	}
	for i := range page {
		page[i].finish()
	}
	return page
}

func (p Page) last() *Block {
	if len(p) == 0 {
		return nil
	}
	return &p[len(p)-1]
}

// take adds a line that is not blank.
func (p Page) take(line string, afterBlank bool) Page {
	last := p.last()
	heading, item := headingLine().FindStringSubmatch(line), itemLine().FindStringSubmatch(line)
	indented := strings.HasPrefix(line, "  ")
	switch {
	case heading != nil:
		return append(p, Block{Kind: Heading, Level: len(heading[1]), Text: heading[2]})
	case item != nil:
		return append(p, Block{Kind: Item, Marker: item[1], Text: item[2]})
	case strings.HasPrefix(line, "|"):
		if last == nil || last.Kind != Table || afterBlank {
			p = append(p, Block{Kind: Table})
		}
		last = p.last()
		last.Rows = append(last.Rows, cells(line))
	case indented && last != nil && last.Kind == Code:
		last.Lines = append(last.Lines, line)
	case indented && (afterBlank || last == nil || last.Kind != Item):
		return append(p, Block{Kind: Code, Lines: []string{line}})
	case !afterBlank && last != nil && (last.Kind == Paragraph || last.Kind == Item):
		last.Text += " " + strings.TrimSpace(line)
	default:
		return append(p, Block{Kind: Paragraph, Text: line})
	}
	return p
}

func cells(line string) []string {
	return cellEdge().Split(strings.Trim(line, "| "), -1)
}

// finish drops the line under the header of a table, and of code the empty lines at its end and the shared indentation.
func (b *Block) finish() {
	switch b.Kind {
	case Table:
		if len(b.Rows) > 1 {
			b.Rows = append(b.Rows[:1], b.Rows[2:]...)
		}
	case Code:
		for len(b.Lines) > 0 && b.Lines[len(b.Lines)-1] == "" {
			b.Lines = b.Lines[:len(b.Lines)-1]
		}
		indent := len(b.Lines[0]) - len(strings.TrimLeft(b.Lines[0], " "))
		for i, line := range b.Lines {
			b.Lines[i] = strings.TrimPrefix(line, strings.Repeat(" ", indent))
		}
	case Paragraph, Heading, Item, Definition:
	}
}
