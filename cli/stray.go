package cli

import (
	"fmt"
	"math"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shells are programs by which somebody wants to look into a container.
var shells = []string{"sh", "bash", "ash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "busybox"}

// firstStray is the index of the first word that is neither a flag, nor the value of one, nor part of the command's name or
// arguments. It is len(l.Words) where there is none before the first unknown flag.
func (l Line) firstStray(cmd *cobra.Command) int { return l.strayAfter(cmd, 0) }

func (l Line) strayAfter(cmd *cobra.Command, from int) int {
	expected := strings.Fields(cmd.CommandPath())[1:]
	arguments, _ := ArgumentsOf(cmd)
	for i := 0; i < len(l.Words); i++ {
		word := l.Words[i]
		switch {
		case word == "--": // of a program that runs no command: what follows are arguments
		case len(word) > 1 && word[0] == '-':
			takesNext, known := flagWord(cmd.Flags(), word)
			if !known {
				return len(l.Words)
			}
			if takesNext {
				i++
			}
		case len(expected) > 0 && word == expected[0]:
			expected = expected[1:]
		case arguments > 0:
			arguments--
		case i >= from:
			return i
		}
	}
	return len(l.Words)
}

// flagWord says of a word that begins with "-" whether the word after it is its value, and whether fs has the flag.
func flagWord(fs *pflag.FlagSet, word string) (takesNext, known bool) {
	name, _, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
	var flag *pflag.Flag
	switch {
	case strings.HasPrefix(word, "--"):
		flag = fs.Lookup(name)
	case name != "":
		flag = fs.ShorthandLookup(name[:1])
		hasValue = hasValue || len(name) > 1
	}
	return flag != nil && flag.NoOptDefVal == "" && !hasValue, flag != nil
}

// ArgumentsOf counts the arguments that a command takes by its Use, and those that it needs: "manifest KIND [flags]" needs one,
// "show [NAME]" takes one, "check FILE..." takes any number.
func ArgumentsOf(cmd *cobra.Command) (all, required int) {
	for _, use := range strings.Fields(cmd.Use)[1:] {
		if word := strings.Trim(use, "[]"); word[0] >= 'A' && word[0] <= 'Z' {
			all++
			if strings.HasSuffix(word, "...") {
				all = math.MaxInt
			}
			if word == use {
				required++
			}
		}
	}
	return all, required
}

// runsCommand says whether a command takes a command to run after "--".
func runsCommand(cmd *cobra.Command) bool { return strings.Contains(cmd.Use, "command [arg...]") }

// stray is the error about the stray word at an index. What the word most likely is comes first: several words in one, a
// shell, the value of a flag, a slip of a command, the command to run.
func (l Line) stray(cmd *cobra.Command, at int) error {
	if at >= len(l.Words) { // an argument that the command should not have
		return Usagef("too many words: the usage is %s", cmd.UseLine())
	}
	word := l.Words[at]
	if strings.ContainsAny(word, " \t\n") {
		return JoinedWords(word)
	}
	p, text := l.Program, fmt.Sprintf("unexpected word %q", word)
	if cmd.HasAvailableSubCommands() {
		text = fmt.Sprintf("unknown command %q for %q", word, cmd.CommandPath())
		if runsCommand(cmd) && slices.Contains(shells, path.Base(word)) {
			under := append(append([]string{p.Name, "exec"}, l.Words[:at]...), "--")
			return tryf(shellquote.Join(append(under, l.from(at)...)...), "%s: this image begins with %s, and the words of docker run come after it; for a shell alone: docker run --entrypoint %s IMAGE; for one under %[2]s",
				text, p.Name, word)
		}
	}
	if given := l.flagOf(cmd, at); given != nil {
		return tryf(l.corrected(cmd, at), "%s: a value needs its flag, %s", text, given[0])
	}
	if cmd.HasAvailableSubCommands() {
		if near := p.Near(word, CommandNames(cmd)); near != "" {
			text += "; the nearest is " + near
			if !runsCommand(cmd) || l.Command != nil || !l.hasForeign(cmd, at+1) {
				return Usagef("%s", text)
			}
			text += "; or, for a program of that name"
		} else if !runsCommand(cmd) {
			return p.UnknownWord(cmd, word)
		}
	}
	if !runsCommand(cmd) {
		return Usagef("%s: %s takes only flags", text, cmd.CommandPath())
	}
	return tryf(l.corrected(cmd, at), "%s: put the command after --", text)
}

// flagOf is the flag that the stray word at an index is the value of, with the value, or nil. A program, and what has flags
// of its own behind it, is no value.
func (l Line) flagOf(cmd *cobra.Command, at int) []string {
	if l.Program.FlagOf == nil || isProgram(l.Words[at]) {
		return nil
	}
	given := l.Program.FlagOf(l.Words[at])
	if given == nil && l.isService(cmd, at) {
		given = l.Program.FlagOf("/" + l.Words[at])
	}
	if given == nil || cmd.Flags().Lookup(strings.TrimPrefix(given[0], "--")) == nil || l.hasUnknownFlag(cmd, at+1) && l.strayAfter(cmd, at+1) == len(l.Words) {
		return nil
	}
	return given
}

// isService says whether a word is what chamber calls a service, the name of a path: "exec prod -- server". A whole command
// stands behind "--" then, and no flag is its first word.
func (l Line) isService(cmd *cobra.Command, at int) bool {
	if cmd.HasAvailableSubCommands() || !runsCommand(cmd) || len(l.Command) == 0 || strings.HasPrefix(l.Command[0], "-") {
		return false
	}
	return l.Words[at] != "" && !slices.Contains(shells, l.Words[at])
}

// programDirs are where programs are, and no parameters.
var programDirs = []string{"/bin/", "/sbin/", "/usr/", "/opt/", "/lib/", "./", "../"}

// isProgram says whether a word with a "/" names a program: by its directory, or because there is such a file.
func isProgram(word string) bool {
	if slices.ContainsFunc(programDirs, func(dir string) bool { return strings.HasPrefix(word, dir) }) {
		return true
	}
	info, err := os.Stat(word)
	return err == nil && strings.Contains(word, "/") && info.Mode().IsRegular()
}

// hasForeign says whether a word from an index on is not of cmd: another stray word, or an unknown flag.
func (l Line) hasForeign(cmd *cobra.Command, from int) bool {
	return l.strayAfter(cmd, from) < len(l.Words) || l.hasUnknownFlag(cmd, from)
}

func (l Line) hasUnknownFlag(cmd *cobra.Command, from int) bool {
	return slices.ContainsFunc(l.Words[min(from, len(l.Words)):], func(word string) bool {
		_, known := flagWord(cmd.Flags(), word)
		return len(word) > 1 && word[0] == '-' && !known
	})
}

// corrected is the line as it may be meant: values have their flags, and from the first other stray word on all stands
// behind "--".
func (l Line) corrected(cmd *cobra.Command, at int) string {
	line := append([]string{l.Program.Name}, l.Words[:at]...)
	for at < len(l.Words) {
		given := l.flagOf(cmd, at)
		if given == nil {
			line = append(append(line, "--"), l.from(at)...)
			return shellquote.Join(line...)
		}
		next := l.strayAfter(cmd, at+1)
		line = append(append(line, given...), l.Words[at+1:next]...)
		at = next
	}
	if l.Command != nil {
		line = append(append(line, "--"), l.Command...)
	}
	return shellquote.Join(line...)
}

// from are the words from an index on, and the command behind "--".
func (l Line) from(at int) []string { return append(slices.Clone(l.Words[at:]), l.Command...) }
