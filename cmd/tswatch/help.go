package main

import (
	"embed"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/help"
	"github.com/tsboot/tsboot/cli/man"
)

//go:embed words/*.md
var wordFiles embed.FS

// book has the words of tswatch.
func book() help.Book {
	return help.Book{
		Commands: wordFiles, Dir: "words", Sections: sections(),
		Rule: func(flag string) string {
			return fmt.Sprintf("Each flag is also an environment variable: `--%s` is `%s`; a list is separated by commas. It is also a key of "+
				"`--config FILE`. A flag beats its variable, which beats the file, which beats the default.", flag, program.Variable(flag))
		},
	}
}

// sections are the headings of the flags, in the order of help and docs/watch.md.
func sections() []help.Section {
	var s settings
	return []help.Section{
		help.SectionOf("Rules", s.ruleFlags),
		help.SectionOf("Outputs", s.outputFlags),
		help.SectionOf("Kernel", s.kernelFlags),
		help.SectionOf("Attribution", s.lookupFlags),
		help.SectionOf("Configuration, log and status", s.configFlag, s.runDirFlag, s.consoleFlag, s.maxLossFlag, s.logFlags),
	}
}

// helpCommand takes a command. A word that is none is an error.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]",
		ValidArgsFunction: func(cmd *cobra.Command, words []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return book().Below(cmd.Root(), words, typed), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, words []string) error {
			text, err := book().Find(program, cmd.Root(), words)
			fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
}

// completions are the values that a shell completes.
func completions() map[string]cli.Values {
	dir, file := cli.Values{Dirs: true}, cli.Values{Files: true}
	return map[string]cli.Values{
		"--log-level": {Words: cli.LogLevels()}, "--log-format": {Words: cli.LogFormats()},
		"--format": {Words: formats()}, "--emit": {Words: emits()},
		"--audit-mode": {Words: auditModes()}, "--audit-rules": {Words: onOff},
		"--rules-dir": dir, "--proc": dir, "--host-root": dir, "--run-dir": dir, "--spool-dir": dir, "--token-file": file,
		"--config": file, "--containers": file, "replay": file, "rules check": file, "rules test": file,
	}
}

// manualsArgument, with a directory, has tswatch write its manual pages there. It is for make man, not for people.
const manualsArgument = "__manuals"

func writeManuals(dir string, environ []string, stderr io.Writer) int {
	if err := man.WriteAll(dir, book(), (&app{}).rootCommand(), man.EditionOf(versionText(), environ)); err != nil {
		fmt.Fprintf(stderr, "tswatch: write the manual pages: %v\n", err)
		return exitOutput
	}
	return 0
}
