package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// OwnFlags calls visit for each flag that the program itself defines. --help and --version belong to the flag library:
// their variables may be set by somebody else (TSBOOT_VERSION in an image).
func OwnFlags(fs *pflag.FlagSet, visit func(*pflag.Flag)) {
	fs.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "help" && flag.Name != "version" {
			visit(flag)
		}
	})
}

// AllFlags are the names of the flags of a command and of all commands below it. A name that several commands have
// occurs several times.
func AllFlags(cmd *cobra.Command) []string {
	names := flagNames(cmd)
	for _, sub := range cmd.Commands() {
		names = append(names, AllFlags(sub)...)
	}
	return names
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	OwnFlags(cmd.Flags(), func(flag *pflag.Flag) { names = append(names, flag.Name) })
	return names
}

// FlagHint is the end of a message about a flag that cmd does not have: which flag may be meant, or which command has
// it. It is empty when there is nothing to say.
func (p Program) FlagHint(cmd *cobra.Command, name string) string {
	if near := p.nearest(name, flagNames(cmd)); near != "" {
		return "; the nearest is --" + near
	}
	for _, other := range cmd.Root().Commands() {
		if other != cmd && other.Flags().Lookup(name) != nil {
			return "; it is a flag of " + other.CommandPath()
		}
	}
	return ""
}
