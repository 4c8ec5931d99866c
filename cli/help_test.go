package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpFlags: --help is no flag that takes the command after it as its value.
func TestHelpFlags(t *testing.T) {
	t.Parallel()
	for _, line := range [][]string{{"--help", "group", "exec"}, {"-h", "group", "exec"}, {"group", "--help", "exec"}, {"group", "exec", "-h"}} {
		root, group := &cobra.Command{Use: "tsboot"}, &cobra.Command{Use: "group"}
		exec := &cobra.Command{Use: "exec", Run: func(*cobra.Command, []string) {}}
		root.AddCommand(group)
		group.AddCommand(exec)
		HelpFlags(root)
		if cmd, _, err := root.Find(line); err != nil || cmd != exec {
			t.Errorf("%q: found %s, %v", line, cmd.CommandPath(), err)
		}
	}
}
