package format

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tsboot/tsboot/secrets"
)

// plainAssignment is NAME=VALUE as the argument of a command: nothing in it means anything to a shell.
var plainAssignment = secrets.LazyRegexp(`^[A-Za-z0-9_-][A-Za-z0-9_./:@%+,=-]*$`)

// ShellCommand quotes the words of a command for a shell, so that they can be copied from a terminal. A word with
// control characters is in the form of bash, ksh and zsh.
func ShellCommand(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		switch {
		case plainAssignment().MatchString(word):
			quoted[i] = word
		case strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }):
			quoted[i] = dollarQuoted(word)
		default:
			quoted[i] = JoinWords([]string{word})
		}
	}
	return strings.Join(quoted, " ")
}

func dollarQuoted(word string) string {
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
