package main

import (
	"embed"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/help"
	"github.com/tsboot/tsboot/cli/man"
	"github.com/tsboot/tsboot/watch/container/runtime"
	"github.com/tsboot/tsboot/watch/detect"
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

// completions are the values that a shell completes. Rules are loaded only where one is asked for.
func completions(words []string) map[string]cli.Values {
	var ids []string
	if slices.Contains(words, "show") {
		ids = ruleIDs()
	}
	dir, file := cli.Values{Dirs: true}, cli.Values{Files: true}
	return map[string]cli.Values{
		"--log-level": {Words: cli.LogLevels()}, "--log-format": {Words: cli.LogFormats()},
		"--format": {Words: formats()}, "--emit": {Words: emits()},
		"--audit-mode": {Words: auditModes()}, "--audit-rules": {Words: onOff},
		"--docker": {Words: []string{runtime.Auto, runtime.Off}}, "--containerd": {Words: []string{runtime.Auto, runtime.Off}},
		"--ruleset": {Words: []string{detect.BaseRuleSet, detect.DockerRuleSet}}, "rules show": {Words: ids},
		"--rules-dir": dir, "--proc": dir, "--host-root": dir, "--run-dir": dir, "--spool-dir": dir, "--token-file": file,
		"--config": file, "--containers": file, "replay": file, "rules check": file, "rules test": file,
	}
}

// ruleIDs are the ids of the built-in rules.
func ruleIDs() []string {
	rules, err := detect.Load(detect.Options{Sets: []string{detect.BaseRuleSet, detect.DockerRuleSet}})
	if err != nil {
		return nil // the built-in rules are right, as a test says
	}
	return rules.IDs()
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
