package main

import (
	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/commands"
	"github.com/tsboot/tsboot/cli/configfile"
)

// rootCommand builds the command tree.
func (a *app) rootCommand() *cobra.Command {
	a.tree = commands.Tree{Line: a.line, Book: book, Version: versionText()}
	root := a.tree.Root("tswatch [flags]", &a.printed, a.stdio.err, func(cmd *cobra.Command) error { return a.watch(cmd.Context()) })
	root.PersistentPreRunE = a.enter
	a.settings.agentFlags(root.Flags())
	root.AddCommand(a.replayCommand(), a.recordCommand(), a.rulesCommand(), a.statusCommand(), a.healthCommand())
	a.tree.Finish(root, "help [COMMAND]")
	return root
}

// enter runs before every command. It reads the variables and the configuration, and notes what gave each flag.
func (a *app) enter(cmd *cobra.Command, _ []string) error {
	if a.tree.AsksVersion {
		return nil
	}
	var err error
	if a.settings.origins, err = program.Bind(cmd.Flags(), a.variables); err != nil {
		return err
	}
	a.settings.origins.TakeEmpty(cmd.Flags(), flagRunDir, a.empty)
	a.warnings = program.UnknownVariables(a.variables, cli.AllFlags(cmd.Root()))
	a.entered = true
	if a.settings.config != "" && cmd.Flags().Lookup(flagConfig) != nil {
		err = configfile.Bind(cmd.Flags(), a.settings.config, cli.AllFlags(cmd.Root()), &a.settings.origins)
	}
	a.settings.runDirGiven = cmd.Flags().Changed(flagRunDir)
	return err
}

// version is set by the linker; see the Makefile.
var version = ""

func versionText() string { return cli.Version(version) }
