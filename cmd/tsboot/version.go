package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version and forwardSIGURG are set by the linker; see the Makefile.
//
// forwardSIGURG is "true" in a binary that is linked with the runtime's asynchronous preemption off: then the
// Go runtime sends itself no SIGURG, so that each one that arrives was sent by somebody and can be forwarded.
var (
	version       = "devel"
	forwardSIGURG = ""
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "tsboot %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
