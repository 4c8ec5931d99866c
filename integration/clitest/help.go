package clitest

import (
	"io"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli/help"
)

// Program is one whose texts are checked.
type Program struct {
	Root     func() *cobra.Command
	Book     help.Book
	Variable string                                                          // how the variables of its flags begin: "TSBOOT_"
	Manuals  func(dir string, environ []string, stderr io.Writer) (code int) // writes the manual pages
}

// Each calls visit for the whole tree, help and completion included.
func (p Program) Each(visit func(*cobra.Command)) {
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		visit(cmd)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(p.Root())
}

// HelpFits: no line of help has more than 100 columns, and each command with flags says which variable one has.
func (p Program) HelpFits(t *testing.T) {
	p.Each(func(cmd *cobra.Command) {
		text := p.Book.Command(cmd)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > help.Width {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
		if strings.ContainsAny(text, "`|") && !strings.Contains(text, " | ") && cmd.Name() != "help" && !strings.Contains(text, "show|") {
			t.Errorf("%s: Markdown is left in\n%s", cmd.CommandPath(), text)
		}
		if len(help.Groups(cmd.Flags(), "", nil)) > 0 && !strings.Contains(text, " is "+p.Variable) {
			t.Errorf("%s: no rule for variables", cmd.CommandPath())
		}
	})
}

// HasWords: there is a page with examples for each command, and no page for what is gone.
func (p Program) HasWords(t *testing.T) {
	pages := map[string]bool{}
	p.Each(func(cmd *cobra.Command) {
		name := help.FileOf(cmd)
		pages[name] = true
		text, err := fs.ReadFile(p.Book.Commands, p.Book.Dir+"/"+name)
		switch {
		case err != nil:
			t.Errorf("%s: %v", cmd.CommandPath(), err)
		case !strings.HasPrefix(string(text), "# "):
			t.Errorf("%s does not begin with a title", name)
		case !strings.Contains(string(text), "\n## Examples\n") && needsExamples(cmd):
			t.Errorf("%s has no examples", name)
		}
	})
	files, err := fs.ReadDir(p.Book.Commands, p.Book.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !pages[file.Name()] {
			t.Errorf("%s: there is no such command", file.Name())
		}
	}
}

// EveryFlagHasAHeading: only what belongs to one command is under "Flags".
func (p Program) EveryFlagHasAHeading(t *testing.T) {
	for _, group := range help.Groups(p.Root().Flags(), "", p.Book.Sections) {
		if group.Heading == "" {
			t.Errorf("no heading for %+v", group.Flags)
		}
	}
}

func needsExamples(cmd *cobra.Command) bool {
	return cmd.Name() != "version" && cmd.Name() != "completion"
}
