package main

import (
	"embed"
	"fmt"
	"io"
	"slices"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/help"
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

// completions are the values that a shell completes. Rules are loaded only where one is asked for.
func (a *app) completions() map[string]cli.Values {
	var ids []string
	if slices.Contains(a.line.Words, "show") {
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

// writeManuals is for make man.
func writeManuals(dir string, environ []string, stderr io.Writer) int {
	a := &app{}
	if err := a.tree.WriteManuals(dir, a.rootCommand(), environ); err != nil {
		fmt.Fprintf(stderr, "tswatch: %v\n", err)
		return exitOutput
	}
	return 0
}
