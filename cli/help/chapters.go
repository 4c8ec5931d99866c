package help

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Chapter is a part of a manual page.
type Chapter struct {
	Heading string // in capitals
	Page    Page
}

// chapterOf is the chapter of a manual page that a section of a command's words belongs to.
var chapterOf = map[string]string{"Examples": "EXAMPLES", "Exit codes": "EXIT STATUS", "Signals": "SIGNALS", "Files": "FILES"}

// Chapters is what the manual page of a command says. That of the program has the topics; the others point to it for what
// they do not say themselves.
func (b Book) Chapters(cmd *cobra.Command) []Chapter {
	words, root := b.words(cmd), cmd.Root()
	chapters := []Chapter{
		{"NAME", Page{{Kind: Paragraph, Text: ManualName(cmd) + " - " + words.short}}},
		{"SYNOPSIS", Page{{Kind: Code, Lines: usage(cmd)}}},
		{"DESCRIPTION", words.body},
		{"COMMANDS", b.commands(cmd)},
		{"OPTIONS", b.flags(cmd)},
	}
	own := map[string]Page{}
	for _, s := range words.sections {
		own[chapterOf[s.heading]] = s.page
	}
	if example := firstFlag(cmd); example != "" {
		own["ENVIRONMENT"] = Page{{Kind: Paragraph, Text: b.Rule(example)}}
	}
	for _, topic := range b.Topics {
		if cmd == root {
			own[topic.Section] = withoutTitle(Parse(topic.Page))
		}
	}
	elsewhere := Page{{Kind: Paragraph, Text: "See **" + root.Name() + "**(1)."}}
	for _, heading := range []string{"PARAMETERS", "ENVIRONMENT", "EXIT STATUS", "SIGNALS", "FILES", "EXAMPLES"} {
		page := own[heading]
		if len(page) == 0 && cmd != root && heading != "PARAMETERS" && heading != "EXAMPLES" {
			page = elsewhere
		}
		chapters = append(chapters, Chapter{heading, page})
	}
	chapters = append(chapters, Chapter{"SEE ALSO", seeAlso(cmd)})
	return slices.DeleteFunc(chapters, func(c Chapter) bool { return len(c.Page) == 0 })
}

func withoutTitle(page Page) Page {
	return slices.DeleteFunc(page, func(b Block) bool { return b.Kind == Heading && b.Level == 1 })
}

// seeAlso are the manual pages of the commands above and below.
func seeAlso(cmd *cobra.Command) Page {
	var pages []string
	for up := cmd.Parent(); up != nil; up = up.Parent() {
		pages = append(pages, ManualName(up))
	}
	slices.Reverse(pages)
	for _, sub := range Documented(cmd) {
		pages = append(pages, ManualName(sub))
	}
	for i, page := range pages {
		pages[i] = "**" + page + "**(1)"
	}
	return Page{{Kind: Paragraph, Text: strings.Join(pages, ", ")}}
}

// ManualName is the name of the manual page of a command: "tsboot-profiles-show".
func ManualName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// Documented are the commands right below cmd that help lists.
func Documented(cmd *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(cmd.Commands()), func(sub *cobra.Command) bool {
		return !sub.IsAvailableCommand() && sub.Name() != "help"
	})
}
