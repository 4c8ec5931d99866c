package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen"
)

func (a *app) exportCommand() *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use:  "export [flags]",
		Args: a.line.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runExport(cmd, format, file) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&format, "format", "f", "json", "`FORMAT`: "+strings.Join(configgen.ExportFormats(), ", "))
	fs.StringVarP(&file, "output-file", "o", "", "write to `FILE` instead, atomically, for its owner only (0600)")
	a.settings.sourceFlags(fs)
	fs.StringArrayVar(&a.settings.allowEnv, "allow-env", nil, "dotenv, shell: print the variable `NAME` although it changes how programs load; repeatable, * as last character")
	a.settings.logFlags(fs)
	return cmd
}

// runExport is `tsboot export`.
func (a *app) runExport(cmd *cobra.Command, format, file string) error {
	a.settings.profile, a.settings.withoutCommand = boot.ProfileExec, true
	b, invalid, err := a.beginCommand()
	if err != nil {
		return err
	}
	format = strings.ToLower(format)
	if err := a.settings.given.OneOf("format", format, configgen.ExportFormats()...); err != nil {
		return err
	}
	if err := invalid.First(); err != nil {
		return err
	}
	exported, err := b.Export(cmd.Context(), format, file)
	if err != nil || file != "" {
		return err
	}
	_, err = cmd.OutOrStdout().Write(exported.Content)
	return err
}
