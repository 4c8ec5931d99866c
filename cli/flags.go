package cli

import (
	"strings"

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

// HelpFlags gives a command and all below it --help and -h, before the command line is read. The flag library does that later,
// and takes the command in "--help exec" for the value of a flag that it does not know yet.
func HelpFlags(cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	for _, sub := range cmd.Commands() {
		HelpFlags(sub)
	}
}

// unknownFlag is the message about a flag that cmd does not have: which flag may be meant, or which command has it.
func (l Line) unknownFlag(cmd *cobra.Command, unknown *pflag.NotExistError) string {
	p, name := l.Program, unknown.GetSpecifiedName()
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		return l.unknownShorthand(cmd, letters, name)
	}
	text := "unknown flag: --" + name
	if near := p.Near(name, append(flagNames(cmd), "help", "version")); near != "" && near != name {
		return text + "; the nearest is --" + near
	}
	if alike := endingAlike(name, flagNames(cmd)); len(alike) == 1 {
		return text + "; the nearest is --" + alike[0]
	} else if len(alike) > 1 {
		return text + "; the nearest are --" + strings.Join(alike, ", --")
	}
	for _, other := range append([]*cobra.Command{cmd.Root()}, cmd.Root().Commands()...) {
		if other != cmd && other.Flags().Lookup(name) != nil {
			return text + "; it is a flag of " + other.CommandPath()
		}
	}
	if runsCommand(cmd) && l.Command == nil {
		return text + "; if it is for the command to run, put the command after --"
	}
	return text
}

// endingAlike are the known names that end with the words of name, or with which name ends: region and aws-region.
func endingAlike(name string, known []string) []string {
	var alike []string
	for _, k := range known {
		if strings.HasSuffix(k, "-"+name) || strings.HasSuffix(name, "-"+k) {
			alike = append(alike, k)
		}
	}
	return alike
}

// unknownShorthand is about -x. Several letters are often a long flag with one "-" only, whose first letters may be flags.
func (l Line) unknownShorthand(cmd *cobra.Command, letters, letter string) string {
	for _, word := range l.Words {
		name, _, _ := strings.Cut(strings.TrimPrefix(word, "-"), "=")
		if len(name) < 2 || name[0] == '-' || word == name || !strings.HasSuffix(word, letters) {
			continue
		}
		if near := l.Program.Near(name, append(flagNames(cmd), "help", "version")); near != "" {
			return "unknown flag: -" + name + "; the nearest is --" + near
		}
	}
	text, root := "unknown flag: -"+letter, cmd.Root()
	switch flag := root.Flags().ShorthandLookup(strings.ToLower(letter)); {
	case flag != nil && cmd == root:
		return text + "; the nearest is -" + flag.Shorthand
	case flag != nil:
		return text + "; the nearest is " + root.Name() + " -" + flag.Shorthand
	case runsCommand(cmd) && l.Command == nil:
		return text + "; if it is for the command to run, put the command after --"
	}
	return text
}
