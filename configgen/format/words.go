package format

import (
	"fmt"
	"strings"

	"github.com/kballard/go-shellquote"

	"github.com/tsboot/tsboot/secrets"
)

// bareWord is a word that means itself, without quotes, to shells and dotenv readers.
var bareWord = secrets.LazyRegexp(`^[A-Za-z0-9_./:@%+,-]+$`)

// SplitWords splits a string into words as a shell does, by spaces, quotes and
// backslashes. It evaluates nothing: no variable, no wildcard, no command.
func SplitWords(s string) ([]string, error) {
	words, err := shellquote.Split(s)
	if err != nil {
		return nil, fmt.Errorf("%s", strings.ToLower(err.Error()))
	}
	return words, nil
}

// JoinWords quotes words so that a shell and SplitWords read the same words again.
// (shellquote.Join leaves a leading # bare, which begins a comment.)
func JoinWords(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if quoted[i] = w; !bareWord().MatchString(w) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
