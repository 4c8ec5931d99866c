package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (a *app) renderCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:  "render [flags]",
		Args: a.line.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runRender(cmd) },
	}
	cmd.Flags().SortFlags = false
	a.settings.sourceFlags(cmd.Flags())
	a.settings.profileFlag(cmd.Flags())
	a.settings.logFlags(cmd.Flags())
	cmd.Flags().BoolVar(&a.settings.reveal, "reveal", false, "show the secrets")
	return cmd
}

// runRender is `tsboot render`: the files a boot would write, on standard output; nothing is touched.
func (a *app) runRender(cmd *cobra.Command) error {
	a.settings.withoutCommand = true
	b, invalid, err := a.beginCommand()
	if err != nil {
		return err
	}
	if err := invalid.First(); err != nil {
		return err
	}
	files, err := b.Render(cmd.Context())
	if err != nil {
		return err
	}
	for i, file := range files {
		content := file.Masked
		if a.settings.reveal {
			content = file.Content
		}
		if err := printFile(cmd.OutOrStdout(), i, file.Path, content); err != nil {
			return err
		}
	}
	return nil
}

// printFile heads each file with its path, as head(1) and tail(1) do.
func printFile(w io.Writer, i int, path string, content []byte) error {
	separator := ""
	if i > 0 {
		separator = "\n"
	}
	_, err := fmt.Fprintf(w, "%s==> %s <==\n%s", separator, path, content)
	return err
}
