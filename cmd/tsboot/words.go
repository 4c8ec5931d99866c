package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/secrets"
)

// What is wrong with the words of the command line before any flag has a value: an unknown command or flag, words that
// came as one, a shell around them.

// noWords refuses arguments of a command that takes none: they are a misspelt command, or a command to run without "--".
func (a *app) noWords(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	if err := a.shellForm(); err != nil {
		return err
	}
	return unknownWord(cmd, words[0])
}

func unknownWord(cmd *cobra.Command, word string) error {
	if strings.ContainsAny(word, " \t\n") {
		return joinedWords(word)
	}
	if !cmd.HasAvailableSubCommands() {
		return boot.Usagef(`unexpected word %q: the command to run comes after "--", as in: %s -- %s`, word, cmd.CommandPath(), word)
	}
	text := fmt.Sprintf("unknown command %q for %q", word, cmd.CommandPath())
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if near := secrets.Nearest(word, names); near != "" {
		return boot.Usagef("%s; the nearest is %s", text, near)
	}
	if cmd.HasParent() {
		return boot.Usagef("%s; there are %s", text, strings.Join(names, ", "))
	}
	return boot.Usagef(`%s; a command to run comes after "--"`, text)
}

// joinedWords is the error about several words in one, as in docker run IMAGE "exec --ssm-path /a -- server".
func joinedWords(word string) error {
	return boot.Usagef("%q is one word: command and flags must be separate words, as in a task definition's \"command\": %s", word, boot.JSONWords(strings.Fields(word)))
}

// noCommand is the error about exec without a command. The command may be inside another word.
func (a *app) noCommand() error {
	for _, word := range a.args[1:] {
		if strings.Contains(word, " -- ") {
			return joinedWords(word)
		}
	}
	return boot.Usagef(`no command: put it after "--", as in: tsboot exec --ssm-path /app/prod -- server --port 80`)
}

// shellForm is the error about CMD or ENTRYPOINT without brackets in a Dockerfile: Docker passes /bin/sh -c and one word.
func (a *app) shellForm() error {
	words, _ := splitCommand(a.args[1:])
	if len(words) < 2 || words[1] != "-c" {
		return nil
	}
	switch path.Base(words[0]) {
	case "sh", "bash", "ash", "dash":
		example := []string{"exec", "--", "server"}
		if len(words) > 2 {
			example = strings.Fields(words[2])
		}
		return boot.Usagef("%s -c came as arguments: CMD stands in shell form in the Dockerfile; its words must be separate, as in CMD %s", words[0], boot.JSONWords(example))
	}
	return nil
}

// flagError rewords the errors of the flag library, for all commands.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	if err := a.shellForm(); err != nil {
		return err
	}
	words, _ := splitCommand(a.args[1:])
	if len(words) > 0 && cmd == cmd.Root() && !strings.HasPrefix(words[0], "-") { // the flags after it belong to another command
		return unknownWord(cmd, words[0])
	}
	for _, word := range words {
		name, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(word, "-") && strings.ContainsAny(name, " \t\n") {
			return joinedWords(word)
		}
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		return boot.Usagef("%w%s", err, program.FlagHint(cmd, unknown.GetSpecifiedName()))
	}
	return a.settings.origins.ReadError(err)
}
