package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/cli/help"
)

const flagsDocument = "../../docs/flags.md"

// TestFlagsDocument: docs/flags.md is made of the flags. TSBOOT_UPDATE_DOCS=1 writes it again.
func TestFlagsDocument(t *testing.T) {
	t.Parallel()
	want := flagsText()
	if os.Getenv("TSBOOT_UPDATE_DOCS") != "" {
		if err := os.WriteFile(flagsDocument, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(flagsDocument)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/flags.md is stale: run TSBOOT_UPDATE_DOCS=1 go test -run TestFlagsDocument ./cmd/tsboot")
	}
}

func flagsText() string {
	var b strings.Builder
	b.WriteString(`# Flags

<!-- Made from the flags by cmd/tsboot/flagspage_test.go; do not edit. -->

A flag is written ` + "`--grace 40s` or `--grace=40s`" + `. Each is also an environment variable. A flag beats its variable, which beats
the profile, which beats the default ([environment.md](environment.md)). "Repeatable" means: give the flag again for each value,
or one variable with commas. The first groups are the flags of a boot. ` + "`check`" + `, ` + "`render`" + ` and other commands have those that
concern them.

` + "`--help` (`-h`) prints the help of each command, `tsboot --version` (`-v`)" + ` the version. These two have no variable.
`)
	root := (&app{}).rootCommand()
	shown := map[string]bool{}
	for _, group := range help.Groups(root.Flags(), "", sections()) {
		fmt.Fprintf(&b, "\n## %s\n\n%s", group.Heading, help.FlagTable(group.Flags, program.Variable))
		for _, flag := range group.Flags {
			shown[flag.Name] = true
		}
	}
	b.WriteString("\n## Of one command\n")
	for _, cmd := range root.Commands() {
		var own []help.Flag
		for _, group := range help.Groups(cmd.Flags(), "", sections()) {
			for _, flag := range group.Flags {
				if !shown[flag.Name] {
					own = append(own, flag)
				}
			}
		}
		if len(own) > 0 {
			fmt.Fprintf(&b, "\n### %s\n\n%s", cmd.CommandPath(), help.FlagTable(own, program.Variable))
		}
	}
	return b.String()
}
