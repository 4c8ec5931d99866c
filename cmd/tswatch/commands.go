package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/configfile"
)

// rootCommand builds the command tree.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:               "tswatch [flags]",
		Args:              a.line.NoWords,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.enter,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.settings.showVersion {
				return printVersion(cmd)
			}
			return a.watch(cmd.Context())
		},
	}
	root.SetOut(&a.printed)
	root.SetErr(a.stdio.err)
	root.SetFlagErrorFunc(a.line.FlagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		if a.stray = a.line.Stray(cmd); a.stray == nil {
			fmt.Fprint(cmd.OutOrStdout(), book().Command(cmd))
		}
	})
	root.Flags().SortFlags = false
	a.settings.agentFlags(root.Flags())
	// Not cobra's own version flag, whose template would link text/template.
	root.Flags().BoolVarP(&a.settings.showVersion, "version", "v", false, "print the version")
	root.AddCommand(a.replayCommand(), a.recordCommand(), a.rulesCommand(), a.statusCommand(), a.healthCommand(), a.versionCommand())
	root.SetHelpCommand(a.helpCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil { // without this a wrong shell prints help and exits with 0
		completion.Args = a.line.NoWords
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	cli.HelpFlags(root)
	return root
}

// enter runs before every command. It reads the variables and the configuration, and notes what gave each flag.
func (a *app) enter(cmd *cobra.Command, _ []string) error {
	if a.settings.showVersion { // which a wrong variable does not keep from being asked for
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

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "version",
		Args: a.line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error { return printVersion(cmd) },
	}
}

// version is set by the linker; see the Makefile.
var version = ""

func versionText() string { return cli.Version(version) }

// printVersion prints what version, --version and -v say.
func printVersion(cmd *cobra.Command) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "tswatch %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
