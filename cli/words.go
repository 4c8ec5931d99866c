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
	if i < 0 || asksForCompletion(args) {
		return Line{Program: p, Words: args}
	}
	return Line{Program: p, Words: args[:i], Command: args[i+1:]}
}

// NoWords is the Args of a command that takes no arguments: they are a misspelt command, a command to run without "--", or
// a value without its flag.
func (l Line) NoWords(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	if err := l.shellForm(); err != nil {
		return err
	}
	return l.stray(cmd, l.firstStray(cmd))
}

// Arguments is the Args of a command with arguments in its Use: "test FILE" takes one, "show [NAME]" one or none. It runs no
// command.
func (l Line) Arguments(cmd *cobra.Command, words []string) error {
	usage := strings.TrimSuffix(cmd.UseLine(), " [flags]")
	switch all, required := ArgumentsOf(cmd); {
	case len(words) < required:
		return Usagef("a word is missing: the usage is %s", usage)
	case len(words) > all && strings.ContainsAny(words[all], " \t\n"):
		return JoinedWords(words[all])
	case len(words) > all:
		return Usagef("unexpected word %q: the usage is %s", words[all], usage)
	case len(l.Command) > 0:
		return Usagef(`unexpected "-- %s": %s runs no command`, strings.Join(l.Command, " "), cmd.CommandPath())
	}
	return nil
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

// Stray is the error about a stray word, or nil: for what does not look at the arguments otherwise, such as --help.
func (l Line) Stray(cmd *cobra.Command) error {
	if at := l.firstStray(cmd); at < len(l.Words) {
		return l.stray(cmd, at)
	}
	return nil
}

// UnknownWord is the error about a word that is not a command below cmd.
func (p Program) UnknownWord(cmd *cobra.Command, word string) error {
	if strings.ContainsAny(word, " \t\n") {
		return JoinedWords(word)
	}
	names := CommandNames(cmd)
	text := fmt.Sprintf("unknown command %q for %q", word, cmd.CommandPath())
	if near := p.Near(word, names); near != "" {
		return Usagef("%s; the nearest is %s", text, near)
	}
	if len(names) == 0 {
		return Usagef("unexpected word %q: %s takes only flags", word, cmd.CommandPath())
	}
	return Usagef("%s; there are %s", text, strings.Join(names, ", "))
}

// CommandNames are the commands below cmd.
func CommandNames(cmd *cobra.Command) []string {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// JoinedWords is the error about several words in one, as in docker run IMAGE "exec --ssm-path /a -- server".
func JoinedWords(word string) error {
	return Usagef("%q is one word: command and flags must be separate words, as in a task definition's \"command\": %s", word, jsonWords(strings.Fields(word)))
}

// NoCommand is the error about a command that needs one to run, with a line as an example. The command may be inside another
// word.
func (l Line) NoCommand(example string) error {
	for _, word := range l.Words {
		if strings.Contains(word, " -- ") {
			return JoinedWords(word)
		}
	}
	return Usagef("no command: put the command after --, as in: %s", example)
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
		return Usagef("%s -c came as arguments: CMD stands in shell form in the Dockerfile; its words must be separate, as in CMD %s; for a shell in the container: docker run --entrypoint %s IMAGE",
			words[0], jsonWords(example), words[0])
	}
	return nil
}

// FlagError rewords an error of the flag library.
func (l Line) FlagError(cmd *cobra.Command, err error) error {
	if err := l.shellForm(); err != nil {
		return err
	}
	var unknown *pflag.NotExistError
	unknownFlag := errors.As(err, &unknown)
	if at := l.firstStray(cmd); unknownFlag && at < len(l.Words) {
		return l.stray(cmd, at)
	}
	for _, word := range l.Words {
		name, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(word, "-") && strings.ContainsAny(name, " \t\n") {
			return JoinedWords(word)
		}
	}
	if unknownFlag {
		return Usagef("%s", l.unknownFlag(cmd, unknown))
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
