package main

import (
	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/configgen/profile"
)

func (a *app) profilesCommand() *cobra.Command {
	list := &cobra.Command{
		Use:  "profiles [show|schema|test]",
		Args: a.line.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return profile.PrintBuiltins(cmd.OutOrStdout()) },
	}
	show := &cobra.Command{
		Use:  "show [NAME]",
		Args: a.line.Arguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return profile.PrintBuiltins(cmd.OutOrStdout())
			}
			data, ok := profile.Source(args[0])
			if !ok {
				return boot.Usagef("no profile %q; %s", args[0], boot.KnownProfiles(args[0]))
			}
			_, err := cmd.OutOrStdout().Write(data)
			return err
		},
	}
	schema := &cobra.Command{
		Use:  "schema",
		Args: a.line.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(profile.Schema())
			return err
		},
	}
	test := &cobra.Command{
		Use:  "test FILE",
		Args: a.line.Arguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			passed, err := boot.TryProfile(cmd.OutOrStdout(), args[0], terminal.PaletteOf(a.stdio.out, a.environ))
			if !passed {
				a.code = 1
			}
			return err
		},
	}
	list.AddCommand(show, schema, test)
	return list
}
