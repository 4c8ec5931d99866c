package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/commands"
)

// root is the command at the top, without flags and commands.
func (a *app) root() *cobra.Command {
	a.tree = commands.Tree{Line: a.line, Book: book, Version: versionText()}
	root := a.tree.Root("tsboot [flags] [-- command [arg...]]", &a.output, a.stdio.err, func(*cobra.Command) error { return a.runBoot() })
	root.PersistentPreRunE = a.enter
	return root
}

// healthRoot is the part of the tree that tsboot health needs: it runs every half minute on every host, and the rest takes
// 0.6 of its 5 ms. A command line that is wrong is then read by the whole tree, which knows what may be meant.
func (a *app) healthRoot() *cobra.Command {
	root := a.root()
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(a.healthCommand())
	return root
}

// rootCommand builds the command tree. Each command binds the variables of its own flags before it runs.
func (a *app) rootCommand() *cobra.Command {
	root := a.root()
	a.settings.bootFlags(root.Flags())
	root.AddCommand(a.execCommand(), a.checkCommand(), a.renderCommand(), a.exportCommand(), a.iamPolicyCommand(), a.profilesCommand(), a.manifestCommand(),
		a.statusCommand(), a.healthCommand(), a.refreshCommand())
	a.tree.Finish(root, "help [COMMAND|TOPIC]")
	return root
}

// sourceFlagNames are the flags that name something to read.
var sourceFlagNames = []string{"ssm-path", "ssm-parameter", "ssm-label", "secrets-dir", "set", "resolve-env"}

// enter runs before every command. It reads the variables and notes what gave each flag.
func (a *app) enter(cmd *cobra.Command, _ []string) error {
	if a.tree.AsksVersion {
		return nil
	}
	var err error
	if a.settings.origins, err = program.Bind(cmd.Flags(), a.variables); err != nil {
		return err
	}
	a.settings.origins.TakeEmpty(cmd.Flags(), flagRunDir, a.emptyVariables)
	for _, what := range program.UnknownVariables(a.variables, cli.AllFlags(cmd.Root())) {
		a.warnings = append(a.warnings, boot.FlagWarning("unknown-variable", what))
	}
	for _, what := range a.settings.origins.DropEmpty(cmd.Flags(), sourceFlagNames, a.emptyVariables) {
		a.warnings = append(a.warnings, boot.FlagWarning("empty-source", what))
	}
	a.settings.given = boot.Given{}
	cmd.Flags().Visit(func(flag *pflag.Flag) { a.settings.given[flag.Name] = a.settings.origins.Name(flag.Name) })
	a.entered = true
	return nil
}

// warnOfSettings logs what is odd about variables and flags and not an error.
func (a *app) warnOfSettings() {
	for _, w := range a.warnings {
		a.log.Warn(strings.ReplaceAll(w.Code, "-", " "), "detail", w.What)
	}
}

func (a *app) execCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:  "exec [flags] -- command [arg...]",
		Args: a.line.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runExec(cmd) },
	}
	cmd.Flags().SortFlags = false
	a.settings.execBootFlags(cmd.Flags())
	a.settings.replaceFlag(cmd.Flags())
	return cmd
}
