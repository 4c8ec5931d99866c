// Package docpage follows a page of the documentation as its reader does: it reads the blocks of a Markdown page, runs its
// commands and compares what they print with the block that follows.
//
// A page says what a test does with a block by the words after the fence:
//
//	```sh                     commands. A test runs them, one block after the other, in one directory
//	```sh shown: REASON       commands that no test can run, and why not (GitHub does not show these words)
//	```text                   right after a block of commands: what that block prints
//	```json output            the same for another language
//
// In what is printed, `...` stands for any part of a line, and a line of `...` alone for any number of lines.
//
//	page := docpage.Read(t, "docs/rotation.md")
//	page.Stub("aws", "#!/bin/sh\n...")
//	for _, block := range page.Commands() {
//		page.Follow(block, "TASK=1")
//	}
package docpage

import (
	"regexp"
	"strings"
)

// Block is a fenced block of a page.
type Block struct {
	Page     string // the page, from the repository's top
	Line     int    // of the block's first line of text, from 1
	Language string // the first word after the fence
	Info     string // the words after the language
	Text     string // without what indents the block; it ends with a newline
	Output   *Block // what the commands print; nil where the page does not say
	fence    int    // the line of the fence
}

// Commands says whether the block is for a shell.
func (b *Block) Commands() bool { return b.Language == "sh" }

// Shown gives the reason why no test runs the commands of the block.
func (b *Block) Shown() (reason string, shown bool) {
	reason, shown = strings.CutPrefix(b.Info, "shown:")
	return strings.TrimSpace(reason), shown
}

// With is the block with other words in the place of some: pairs of old and new, as strings.NewReplacer takes them.
func (b *Block) With(pairs ...string) *Block {
	changed := *b
	changed.Text = strings.NewReplacer(pairs...).Replace(b.Text)
	return &changed
}

// A fence may be indented, as below an item of a list.
var fence = regexp.MustCompile("^( *)(```+|~~~+) *([^ `]*) *([^`]*)$")

// Parse gives the fenced blocks of a text in Markdown, in their order. The last one may lack its end.
func Parse(page, text string) []*Block {
	var blocks []*Block
	var open *Block
	var indent, end string
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, "\r")
		found := fence.FindStringSubmatch(line)
		switch {
		case open == nil && found != nil:
			open = &Block{Page: page, Line: number + 2, Language: found[3], Info: strings.TrimSpace(found[4]), fence: number + 1}
			indent, end = found[1], found[2]
			blocks = append(blocks, open)
		case open != nil && found != nil && strings.HasPrefix(found[2], end) && found[3] == "":
			open = nil
		case open != nil:
			open.Text += withoutIndent(line, indent) + "\n"
		}
	}
	for i, b := range blocks[:max(0, len(blocks)-1)] {
		next := blocks[i+1]
		if b.Commands() && !next.Commands() && (next.Language == "text" || next.Info == "output") {
			b.Output = next
		}
	}
	return blocks
}

// withoutIndent takes off a line what the fence is indented by, or what the line has of it.
func withoutIndent(line, indent string) string {
	for range len(indent) {
		if !strings.HasPrefix(line, " ") {
			break
		}
		line = line[1:]
	}
	return line
}
