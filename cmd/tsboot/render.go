package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/configgen"
)

// runRender is `tsboot render`: the files a boot would write, on standard output; nothing is touched.
func (a *app) runRender(cmd *cobra.Command) error {
	if err := a.begin(cmd); err != nil {
		return err
	}
	a.settings.withoutCommand = true
	var files []configgen.Rendered
	err := a.bounded(cmd.Context(), a.settings.fetchTimeout, func(ctx context.Context) error {
		resolved, err := a.resolve(ctx)
		if err == nil {
			files, err = resolved.Render()
		}
		return err
	})
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
