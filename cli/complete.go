package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Values say how a shell completes the value of a flag or an argument. The zero Values is for what nobody can guess.
type Values struct {
	Words []string
	Pairs bool // of two words: FROM:TO
	Files bool // a file, beside the words
	Dirs  bool // a directory
}

// Complete sets how the values of the flags and arguments of root and of all commands below it are completed. The key is a
// flag, a command and its flag ("export --format", "--restart"), or a command for its argument ("profiles show"), without the
// name of the program. It is called only where a shell asks: it costs more than most commands.
func (l Line) Complete(root *cobra.Command, values map[string]Values) {
	if l.afterDash() {
		if about, _, err := root.Find(l.Words[1:slices.Index(l.Words, "--")]); err == nil && about == root {
			root.RemoveCommand(root.Commands()...) // what follows is a command of somebody else
		}
	}
	l.completeBelow(root, values)
}

func (l Line) completeBelow(cmd *cobra.Command, values map[string]Values) {
	name := strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()))
	OwnFlags(cmd.Flags(), func(flag *pflag.Flag) {
		_, flag.Usage = pflag.UnquoteUsage(flag) // a shell shows it as it stands
		if flag.NoOptDefVal != "" {
			return
		}
		v, ok := values[strings.TrimSpace(name+" --"+flag.Name)]
		if !ok {
			v = values["--"+flag.Name]
		}
		if v.Dirs {
			_ = cmd.MarkFlagDirname(flag.Name) // the flag is there
			return
		}
		_ = cmd.RegisterFlagCompletionFunc(flag.Name, v.complete) // it fails only for a second time
	})
	if cmd.ValidArgsFunction == nil {
		argument := values[name]
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			switch most, _ := ArgumentsOf(cmd); {
			case l.afterDash():
				return nil, cobra.ShellCompDirectiveDefault
			case len(args) < most:
				return argument.complete(cmd, args, typed)
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
	for _, sub := range cmd.Commands() {
		l.completeBelow(sub, values)
	}
}

// afterDash says whether the word that is completed stands behind "--".
func (l Line) afterDash() bool { return slices.Contains(l.Words[:len(l.Words)-1], "--") }

func (v Values) complete(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp
	if v.Files {
		directive = cobra.ShellCompDirectiveDefault
	}
	from, _, second := strings.Cut(typed, ":")
	if v.Pairs && !second {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	var words []cobra.Completion
	for _, word := range v.Words {
		switch {
		case v.Pairs && second:
			word = from + ":" + word
		case v.Pairs:
			word += ":"
		}
		if strings.HasPrefix(word, typed) {
			words = append(words, word)
		}
	}
	return words, directive
}

// Completing says whether a shell asks for what may follow.
func (l Line) Completing() bool { return asksForCompletion(l.Words) }

func asksForCompletion(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}
