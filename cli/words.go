package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Line is a command line. Its methods find what is wrong with the words before any flag has a value: an unknown command or
// flag, several words in one, a shell around them. Their errors are of type *UsageError.
type Line struct {
	Program Program
	Words   []string // before "--"
	Command []string // what follows "--", untouched; nil: there is no "--"
}

// Line cuts the arguments, without the program's name, at the first "--". The completion of a shell passes the words being
// typed, "--" among them, as arguments: these stay whole.
func (p Program) Line(args []string) Line {
	i := slices.Index(args, "--")
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) || i < 0 {
		return Line{Program: p, Words: args}
	}
	return Line{Program: p, Words: args[:i], Command: args[i+1:]}
}

// NoWords is the Args of a command that takes no arguments: they are a misspelt command, or a command to run without
// "--".
func (l Line) NoWords(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	if err := l.shellForm(); err != nil {
		return err
	}
	return l.Program.UnknownWord(cmd, words[0])
}

// Alone is the Args of a command that takes no arguments and runs no command either.
func (l Line) Alone(cmd *cobra.Command, words []string) error {
	switch {
	case len(words) > 0 && strings.ContainsAny(words[0], " \t\n"):
		return JoinedWords(words[0])
	case len(words) > 0:
		return Usagef("unexpected word %q: %s takes only flags", words[0], cmd.CommandPath())
	case len(l.Command) > 0:
		return Usagef(`unexpected "-- %s": %s runs no command`, strings.Join(l.Command, " "), cmd.CommandPath())
	}
	return nil
}

// UnknownWord is the error about a word that is neither a command below cmd nor a flag.
func (p Program) UnknownWord(cmd *cobra.Command, word string) error {
	if strings.ContainsAny(word, " \t\n") {
		return JoinedWords(word)
	}
	if !cmd.HasAvailableSubCommands() {
		return Usagef(`unexpected word %q: the command to run comes after "--", as in: %s -- %s`, word, cmd.CommandPath(), word)
	}
	text := fmt.Sprintf("unknown command %q for %q", word, cmd.CommandPath())
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if near := p.nearest(word, names); near != "" {
		return Usagef("%s; the nearest is %s", text, near)
	}
	if cmd.HasParent() {
		return Usagef("%s; there are %s", text, strings.Join(names, ", "))
	}
	return Usagef(`%s; a command to run comes after "--"`, text)
}

// JoinedWords is the error about several words in one, as in docker run IMAGE "exec --ssm-path /a -- server".
func JoinedWords(word string) error {
	return Usagef("%q is one word: command and flags must be separate words, as in a task definition's \"command\": %s", word, jsonWords(strings.Fields(word)))
}

// shellForm is the error about CMD or ENTRYPOINT without brackets in a Dockerfile: Docker passes /bin/sh -c and one word.
func (l Line) shellForm() error {
	words := l.Words
	if len(words) < 2 || words[1] != "-c" {
		return nil
	}
	switch path.Base(words[0]) {
	case "sh", "bash", "ash", "dash":
		example := []string{"exec", "--", "server"}
		if len(words) > 2 {
			example = strings.Fields(words[2])
		}
		return Usagef("%s -c came as arguments: CMD stands in shell form in the Dockerfile; its words must be separate, as in CMD %s", words[0], jsonWords(example))
	}
	return nil
}

// FlagError rewords an error of the flag library.
func (l Line) FlagError(cmd *cobra.Command, err error) error {
	if err := l.shellForm(); err != nil {
		return err
	}
	words := l.Words
	if len(words) > 0 && cmd == cmd.Root() && !strings.HasPrefix(words[0], "-") { // the flags after it belong to another command
		return l.Program.UnknownWord(cmd, words[0])
	}
	for _, word := range words {
		name, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(word, "-") && strings.ContainsAny(name, " \t\n") {
			return JoinedWords(word)
		}
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		return Usagef("%w%s", err, l.Program.FlagHint(cmd, unknown.GetSpecifiedName()))
	}
	origins := Origins{Program: l.Program} // no variable has been read
	return origins.ReadError(err)
}

// jsonWords writes words as a task definition has them in "command".
func jsonWords(words []string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(words) // strings can always be encoded
	return strings.ReplaceAll(strings.TrimSpace(b.String()), `","`, `", "`)
}
