package main

import (
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli/help"
)

// everyCommand calls visit for the whole tree, help and completion included.
func everyCommand(visit func(*cobra.Command)) {
	root := (&app{}).rootCommand()
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		visit(cmd)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// TestHelpFits: no line of help has more than 100 columns, and each command with flags says which variable one has.
func TestHelpFits(t *testing.T) {
	t.Parallel()
	everyCommand(func(cmd *cobra.Command) {
		text := book().Command(cmd)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > help.Width {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
		if strings.ContainsAny(text, "`|") && !strings.Contains(text, " | ") && cmd.Name() != "help" && !strings.Contains(text, "show|") {
			t.Errorf("%s: Markdown is left in\n%s", cmd.CommandPath(), text)
		}
		if len(help.Groups(cmd.Flags(), "", nil)) > 0 && !strings.Contains(text, " is TSBOOT_") {
			t.Errorf("%s: no rule for variables", cmd.CommandPath())
		}
	})
}

// TestEveryCommandHasWords: a page with examples for each command, and no page for what is gone.
func TestEveryCommandHasWords(t *testing.T) {
	t.Parallel()
	pages := map[string]bool{}
	everyCommand(func(cmd *cobra.Command) {
		pages[help.FileOf(cmd)] = true
		text, err := wordFiles.ReadFile("words/" + help.FileOf(cmd))
		switch {
		case err != nil:
			t.Errorf("%s: %v", cmd.CommandPath(), err)
		case !strings.HasPrefix(string(text), "# "):
			t.Errorf("words/%s does not begin with a title", help.FileOf(cmd))
		case !strings.Contains(string(text), "\n## Examples\n") && cmd.Name() != "version" && cmd.Name() != "completion":
			t.Errorf("words/%s has no examples", help.FileOf(cmd))
		}
	})
	files, err := fs.ReadDir(wordFiles, "words")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !pages[file.Name()] {
			t.Errorf("words/%s: there is no such command", file.Name())
		}
	}
}

// TestEveryFlagHasAHeading: only what belongs to one command is under "Flags".
func TestEveryFlagHasAHeading(t *testing.T) {
	t.Parallel()
	for _, group := range help.Groups((&app{}).rootCommand().Flags(), "", sections()) {
		if group.Heading == "" {
			t.Errorf("no heading for %+v", group.Flags)
		}
	}
}
