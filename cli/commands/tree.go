package commands

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/help"
)

// Tree is what the commands of one program share.
type Tree struct {
	Line    cli.Line
	Book    func() help.Book // called where a text is asked for: to make it costs more than most commands
	Version string

	// AsksVersion: --version or -v was given. A wrong variable does not keep it from being answered.
	AsksVersion bool

	stray error // about a word beside --help, which the flag library does not look at
}

// Root is the command at the top, without flags and commands. It runs run.
func (t *Tree) Root(use string, stdout, stderr io.Writer, run func(*cobra.Command) error) *cobra.Command {
	root := &cobra.Command{
		Use:           use,
		Args:          t.Line.NoWords,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if t.AsksVersion {
				return t.printVersion(cmd)
			}
			return run(cmd)
		},
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.Flags().SortFlags = false
	root.SetFlagErrorFunc(t.Line.FlagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		if t.stray = t.Line.Stray(cmd); t.stray == nil {
			fmt.Fprint(cmd.OutOrStdout(), t.Book().Command(cmd))
		}
	})
	return root
}

// Finish adds --version, version, help with its use, and completion, once the program has added what is its own.
func (t *Tree) Finish(root *cobra.Command, helpUse string) {
	// Not cobra's own version flag, whose template would link text/template: 9 MB, as that looks methods up by name.
	root.Flags().BoolVarP(&t.AsksVersion, "version", "v", false, "print the version")
	root.AddCommand(t.versionCommand())
	root.SetHelpCommand(t.helpCommand(helpUse))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil { // without this a wrong shell prints help and exits with 0
		completion.Args = t.Line.NoWords
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	cli.HelpFlags(root)
}

// Complete prepares the tree for a shell that asks what may follow, and does nothing otherwise.
func (t *Tree) Complete(root *cobra.Command, values func() map[string]cli.Values) {
	if t.Line.Completing() {
		t.Book().NameShort(root)
		t.Line.Complete(root, values())
	}
}

// Execute runs the command that the words name.
func (t *Tree) Execute(ctx context.Context, root *cobra.Command) error {
	root.SetArgs(t.Line.Words)
	return cmp.Or(root.ExecuteContext(ctx), t.stray)
}
