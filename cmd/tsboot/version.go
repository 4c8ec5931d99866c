package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
)

// version and forwardSIGURG are set by the linker; see the Makefile.
//
// forwardSIGURG is "true" in a binary that is linked with the runtime's asynchronous preemption off. The Go runtime then
// sends itself no SIGURG: each one that arrives was sent by somebody and can be forwarded.
var (
	version       = ""
	forwardSIGURG = ""
)

func versionText() string { return cli.Version(version) }

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "version",
		Args: a.line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error { return printVersion(cmd) },
	}
}

// printVersion prints what version, --version and -v say.
func printVersion(cmd *cobra.Command) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "tsboot %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
