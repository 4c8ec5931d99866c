package help

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Book has the words of a program: what its commands and flags do not say by themselves.
type Book struct {
	// Commands has a page for each command in the directory Dir: "exec.md", "profiles-show.md", and that of the program by its
	// name. The title of a page is what the command does, in one line. The paragraphs below it come before the flags in help,
	// its sections after them.
	Commands fs.FS
	Dir      string
	Topics   []Topic
	Sections []Section // of the flags
	// Rule says which variable a flag has, with this one as the example.
	Rule func(flag string) string
}

// Topic is a page about what several commands have in common.
type Topic struct {
	Name    string
	Short   string
	Page    string // in the Markdown that Parse reads
	Section string // of the program's manual page, in capitals
}

// TopicNames are the names of the topics, in their order.
func (b Book) TopicNames() []string {
	var names []string
	for _, topic := range b.Topics {
		names = append(names, topic.Name)
	}
	return names
}

// FileOf is the name of a command's page.
func FileOf(cmd *cobra.Command) string {
	words := strings.Fields(cmd.CommandPath())
	if len(words) > 1 {
		words = words[1:]
	}
	return strings.Join(words, "-") + ".md"
}

// NameShort gives cmd and every command below it their short text: a shell shows it beside what it completes. Help does not
// need it.
func (b Book) NameShort(cmd *cobra.Command) {
	cmd.Short = b.words(cmd).short
	for _, sub := range cmd.Commands() {
		b.NameShort(sub)
	}
}

// words are the parts of a command's page.
type words struct {
	short    string
	body     Page
	sections []section
}

type section struct {
	heading string
	page    Page
}

func (b Book) words(cmd *cobra.Command) words {
	text, err := fs.ReadFile(b.Commands, path.Join(b.Dir, FileOf(cmd)))
	if err != nil { // a command without a page is a fault of the program, which its tests find
		return words{}
	}
	page := Parse(string(text))
	w := words{short: page[0].Text}
	for _, block := range page[1:] {
		switch {
		case block.Kind == Heading:
			w.sections = append(w.sections, section{heading: block.Text})
		case len(w.sections) > 0:
			last := &w.sections[len(w.sections)-1]
			last.page = append(last.page, block)
		default:
			w.body = append(w.body, block)
		}
	}
	return w
}

// Command is the help of a command.
func (b Book) Command(cmd *cobra.Command) string {
	words := b.words(cmd)
	page := slices.Clone(words.body)
	if len(page) == 0 {
		page = Page{{Kind: Paragraph, Text: words.short}}
	}
	page = append(page, Block{Kind: Heading, Level: 2, Text: "Usage"}, Block{Kind: Code, Lines: usage(cmd)})
	page = append(page, under("Commands", b.commands(cmd))...)
	if !cmd.HasParent() {
		page = append(page, under("Topics, by "+cmd.Name()+" help TOPIC", b.topics())...)
	}
	page = append(page, b.flags(cmd)...)
	for _, s := range words.sections {
		page = append(page, under(s.heading, s.page)...)
	}
	if example := firstFlag(cmd); example != "" {
		page = append(page, Block{Kind: Paragraph, Text: b.Rule(example)})
	}
	return page.Text()
}

// under puts a page under a heading; an empty one needs none.
func under(heading string, page Page) Page {
	if len(page) == 0 {
		return nil
	}
	return append(Page{{Kind: Heading, Level: 2, Text: heading}}, page...)
}

func usage(cmd *cobra.Command) []string {
	line := cmd.UseLine()
	if firstFlag(cmd) == "" {
		line = strings.TrimSuffix(line, " [flags]") // --help alone is not worth a word
	}
	lines := []string{line}
	if !cmd.HasParent() {
		lines = append(lines, cmd.Name()+" COMMAND")
	}
	return lines
}

// commands are those below cmd.
func (b Book) commands(cmd *cobra.Command) Page {
	var page Page
	for _, sub := range Documented(cmd) {
		page = append(page, Block{Kind: Definition, Term: "**" + sub.Name() + "**", Text: b.words(sub).short})
	}
	return page
}

func (b Book) topics() Page {
	var page Page
	for _, topic := range b.Topics {
		page = append(page, Block{Kind: Definition, Term: "**" + topic.Name + "**", Text: topic.Short})
	}
	return page
}

// flags are the groups of flags that cmd has, each under its heading.
func (b Book) flags(cmd *cobra.Command) Page {
	cmd.InitDefaultHelpFlag()
	var page Page
	for _, group := range Groups(cmd.Flags(), "Flags", b.Sections) {
		var flags Page
		for _, flag := range group.Flags {
			flags = append(flags, Block{Kind: Definition, Term: flag.term(), Text: flag.text()})
		}
		page = append(page, under(group.Heading, flags)...)
	}
	var other Page
	for _, name := range []string{"version", "help"} {
		if flag := cmd.Flags().Lookup(name); flag != nil {
			other = append(other, Block{Kind: Definition, Term: flagOf(flag).term(), Text: map[string]string{"version": "print the version", "help": "print this help"}[name]})
		}
	}
	return append(page, under("Other", other)...)
}

// firstFlag is the name of the first flag of cmd that has a variable, or "".
func firstFlag(cmd *cobra.Command) string {
	for _, group := range Groups(cmd.Flags(), "", nil) {
		return group.Flags[0].Name
	}
	return ""
}

func (f Flag) term() string {
	term := "**--" + f.Name + "**"
	if f.Shorthand != "" {
		term = "**-" + f.Shorthand + "**, " + term
	}
	return strings.TrimSpace(term + " " + f.Value)
}

func (f Flag) text() string {
	if f.Default == "" {
		return f.Meaning
	}
	return fmt.Sprintf("%s (default %s)", f.Meaning, f.Default)
}
