package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli"
)

const rootLong = `tsboot boots a security agent in its container: it reads the agent's secrets by path from SSM Parameter
Store, writes its config, runs its setup, then supervises it: signals, restarts, zombies, shutdown.

  tsboot --ssm-path /threatstack/prod
  tsboot --ssm-path /zabbix/prod --profile zabbix.yaml
  tsboot exec --ssm-path /app/prod -- server --port 80

Every flag is also an environment variable, TSBOOT_ and its name in capitals with "_": --ssm-path is
TSBOOT_SSM_PATH, a list is separated by commas. A flag beats its variable, which beats the profile.
Everything after "--" is the agent's command, untouched; without --profile it is run by the profile exec.

Exit codes: the agent's own, or 128+n when it died by signal n; 64 wrong flag, variable or profile; 69 parameters
could not be read before the deadline, or no memory or process left; 70 a bug; 71 processes survived SIGKILL; 73 a
file or the standard output could not be written; 75 crash loop, gave up; 76 setup failed; 77 AWS refused; 78 a
parameter is missing, ambiguous or breaks its rule; 126 the command cannot be executed; 127 it is not found.`

// root is the command at the top, without flags and commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "tsboot [flags] [-- command [arg...]]",
		Short:             "first process of a security agent's container: secrets, config, setup, supervision",
		Long:              rootLong,
		Args:              a.line.NoWords,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.enter,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.settings.showVersion {
				return printVersion(cmd)
			}
			return a.runBoot()
		},
	}
	root.SetOut(&a.output)
	root.SetErr(a.stdio.err)
	root.Flags().SortFlags = false
	root.SetFlagErrorFunc(a.line.FlagError)
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
	// Not cobra's own version flag, whose template would link text/template: 9 MB, as that looks methods up by name.
	root.Flags().BoolVarP(&a.settings.showVersion, "version", "v", false, "print the version")
	root.AddCommand(a.execCommand(), a.checkCommand(), a.renderCommand(), a.exportCommand(), a.iamPolicyCommand(), a.profilesCommand(), a.manifestCommand(),
		a.statusCommand(), a.healthCommand(), a.refreshCommand(), a.versionCommand())
	root.SetHelpCommand(a.helpCommand())
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil { // without this a wrong shell prints help and exits with 0
		completion.Args = a.line.NoWords
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	return root
}

// helpCommand is as in the flag library, except that an unknown command is an error.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "print the help of tsboot or of a command",
		RunE: func(cmd *cobra.Command, words []string) error {
			about, rest, err := cmd.Root().Find(words)
			if err != nil || len(rest) > 0 {
				return program.UnknownWord(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// sourceFlagNames are the flags that name something to read.
var sourceFlagNames = []string{"ssm-path", "ssm-parameter", "ssm-label", "secrets-dir", "set", "resolve-env"}

// enter runs before every command. It reads the variables and notes what gave each flag.
func (a *app) enter(cmd *cobra.Command, _ []string) error {
	if a.settings.showVersion { // which a wrong variable does not keep from being asked for
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
		Use:   "exec [flags] -- command [arg...]",
		Short: "run a command with every parameter as an environment variable, supervised",
		Long: `exec makes every parameter an environment variable of the command, as chamber's exec does, and supervises it:
the parameter log-level becomes LOG_LEVEL. Without any source it only supervises. With --replace the command
takes the place of tsboot, which is then gone from the process table: flags about restart, signals and stop
are refused with it.

Where standard error is a terminal, --log-level is warn unless it is given: exec is what people type before a command.`,
		Args: a.line.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runExec(cmd) },
	}
	cmd.Flags().SortFlags = false
	a.settings.execBootFlags(cmd.Flags())
	a.settings.replaceFlag(cmd.Flags())
	return cmd
}
