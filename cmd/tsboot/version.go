package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version and forwardSIGURG are set by the linker; see the Makefile.
//
// forwardSIGURG is "true" in a binary that is linked with the runtime's asynchronous preemption off. The Go runtime then
// sends itself no SIGURG: each one that arrives was sent by somebody and can be forwarded.
var (
	version       = ""
	forwardSIGURG = ""
)

// versionText is the linker's version, else the one that the go command wrote into the binary: the module's by go install,
// the commit's by go build.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

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
