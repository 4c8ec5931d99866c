package help

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
)

// Find is what the words after "help" name: the text of a topic or of a command, of the program where there are none. An
// error is a *cli.UsageError about a word that names nothing.
func (b Book) Find(p cli.Program, root *cobra.Command, words []string) (string, error) {
	about, rest, err := root.Find(words)
	switch {
	case err == nil && (len(rest) == 0 || takes(about, len(rest))):
		return b.Command(about), nil
	case len(words) == 1:
		if i := slices.IndexFunc(b.Topics, func(t Topic) bool { return t.Name == words[0] }); i >= 0 {
			return Parse(b.Topics[i].Page).Text(), nil
		}
	}
	switch {
	case about != root && about.HasAvailableSubCommands():
		return "", p.UnknownWord(about, rest[0])
	case about != root:
		return "", cli.Usagef("unexpected word %q after %s", rest[0], about.CommandPath())
	case slices.Contains(b.TopicNames(), words[0]):
		return "", cli.Usagef("unexpected word %q after the topic %s", words[1], words[0])
	case strings.ContainsAny(words[0], " \t\n"):
		return "", cli.JoinedWords(words[0])
	}
	if len(b.Topics) == 0 {
		return "", p.UnknownWord(root, words[0])
	}
	commands := cli.CommandNames(root)
	known := append(b.TopicNames(), commands...)
	if near := p.Near(words[0], known); near != "" {
		return "", cli.Usagef("no command or topic %q; the nearest is %s", words[0], near)
	}
	return "", cli.Usagef("no command or topic %q; the topics are %s, the commands %s", words[0], strings.Join(b.TopicNames(), ", "), strings.Join(commands, ", "))
}

// takes says whether a command has so many arguments: help manifest ecs is the help of manifest.
func takes(cmd *cobra.Command, n int) bool {
	all, _ := cli.ArgumentsOf(cmd)
	return cmd.HasParent() && cmd.Name() != "help" && n <= all
}

// Below are the words that may follow those after "help" and begin with what is typed, with what they are about, for a shell.
func (b Book) Below(root *cobra.Command, words []string, typed string) []cobra.Completion {
	var found []cobra.Completion
	about, rest, err := root.Find(words)
	if err != nil || len(rest) > 0 {
		return nil
	}
	for _, cmd := range Documented(about) {
		found = append(found, cobra.CompletionWithDesc(cmd.Name(), b.words(cmd).short))
	}
	if about == root {
		for _, topic := range b.Topics {
			found = append(found, cobra.CompletionWithDesc(topic.Name, topic.Short))
		}
	}
	return slices.DeleteFunc(found, func(one cobra.Completion) bool { return !strings.HasPrefix(one, typed) })
}
