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

// versionText is the linker's version, else the one that the go command wrote into the binary.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versionOfBuild(&debug.BuildInfo{})
	}
	return versionOfBuild(info)
}

// versionOfBuild is the version of the module where the go command knows one: go install of a version, go build in a
// repository. Otherwise it is "devel", with the commit where that is known.
func versionOfBuild(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	text, dirty := "devel", ""
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			text += "-" + setting.Value[:min(12, len(setting.Value))]
		case "vcs.modified":
			if setting.Value == "true" {
				dirty = "-dirty"
			}
		}
	}
	return text + dirty
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
