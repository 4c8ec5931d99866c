package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli/help"
)

const (
	page     = "../../docs/watch.md"
	pageMark = "do not edit below. -->\n"
)

// TestFlagsOfThePage: the flags of docs/watch.md are made of the flags. TSBOOT_UPDATE_DOCS=1 writes them again.
func TestFlagsOfThePage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, got, ok := strings.Cut(string(text), pageMark)
	if !ok {
		t.Fatalf("%s has no %q", page, pageMark)
	}
	want := flagsText()
	if os.Getenv("TSBOOT_UPDATE_DOCS") != "" {
		if err := os.WriteFile(page, []byte(before+pageMark+want), 0o644); err != nil {
			t.Fatal(err)
		}
		got = want
	}
	if got != want {
		t.Errorf("%s is stale: run TSBOOT_UPDATE_DOCS=1 go test -run TestFlagsOfThePage ./cmd/tswatch", page)
	}
}

func flagsText() string {
	var b strings.Builder
	shown := map[string]bool{}
	table := func(heading string, flags []help.Flag) {
		var unshown []help.Flag
		for _, flag := range flags {
			if !shown[flag.Name] {
				shown[flag.Name] = true
				unshown = append(unshown, flag)
			}
		}
		if len(unshown) > 0 {
			fmt.Fprintf(&b, "\n### %s\n\n%s", heading, help.FlagTable(unshown, program.Variable))
		}
	}
	root := (&app{}).rootCommand()
	for _, group := range help.Groups(root.Flags(), "", sections()) {
		table(group.Heading, group.Flags)
	}
	for _, cmd := range below(root) {
		if cmd.Hidden {
			continue
		}
		for _, group := range help.Groups(cmd.Flags(), "", sections()) {
			table(cmd.CommandPath(), group.Flags)
		}
	}
	return b.String()
}

// below are all commands below cmd.
func below(cmd *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range cmd.Commands() {
		all = append(append(all, sub), below(sub)...)
	}
	return all
}
