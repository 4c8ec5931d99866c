package main

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/terminal"
)

func (a *app) checkCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "check [flags] [-- command [arg...]]",
		Args: a.line.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runCheck(cmd, asJSON) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as one JSON object (docs/check.md)")
	a.settings.bootFlags(cmd.Flags())
	if timeout := cmd.Flags().Lookup("fetch-timeout"); timeout != nil {
		timeout.DefValue = boot.CheckTimeout.String() // in --help; the value itself is shared with the boot
	}
	return cmd
}

// runCheck is `tsboot check`.
func (a *app) runCheck(cmd *cobra.Command, asJSON bool) error {
	a.settings.commandMeansExec()
	b, invalid, err := a.begin()
	if err != nil {
		return err
	}
	report, err := b.Check(cmd.Context(), invalid, func(wanted func(string) bool) []string {
		return cli.GivenWords(cmd.Flags(), func(name string) bool {
			return name != "json" && name != "set" && !a.settings.given.ByVariable(name) && wanted(name)
		})
	})
	if err != nil {
		return err
	}
	report.Conclude(exitOf)
	a.code = report.ExitCode
	if asJSON {
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(report)
	}
	_, err = cmd.OutOrStdout().Write(report.Text(time.Now(), terminal.PaletteOf(a.stdio.out, a.environ)))
	return err
}
