package commands

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli/man"
)

func (t *Tree) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "version",
		Args: t.Line.Alone,
		RunE: func(cmd *cobra.Command, _ []string) error { return t.printVersion(cmd) },
	}
}

// printVersion prints what version, --version and -v say.
func (t *Tree) printVersion(cmd *cobra.Command) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s %s/%s\n", cmd.Root().Name(), t.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// helpCommand takes a command or a topic. A word that is neither is an error.
func (t *Tree) helpCommand(use string) *cobra.Command {
	return &cobra.Command{
		Use: use,
		ValidArgsFunction: func(cmd *cobra.Command, words []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return t.Book().Below(cmd.Root(), words, typed), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, words []string) error {
			text, err := t.Book().Find(t.Line.Program, cmd.Root(), words)
			fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
}

// manualsArgument, with a directory, has a program write its manual pages there. It is for make man, not for people.
const manualsArgument = "__manuals"

// ManualsDir is where the arguments of a program, its name among them, ask for its manual pages.
func ManualsDir(args []string) (dir string, asked bool) {
	if len(args) == 3 && args[1] == manualsArgument {
		return args[2], true
	}
	return "", false
}

// WriteManuals writes the manual pages of root and of every command below it.
func (t *Tree) WriteManuals(dir string, root *cobra.Command, environ []string) error {
	if err := man.WriteAll(dir, t.Book(), root, man.EditionOf(t.Version, environ)); err != nil {
		return fmt.Errorf("write the manual pages: %w", err)
	}
	return nil
}
