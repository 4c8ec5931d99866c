package boot

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// Given says which flags were given, and how: "grace" is "--grace" or "TSBOOT_GRACE". A flag that is not in it has its
// default. Nil is ready to use: nothing was given.
type Given map[string]string

// Has says whether a flag was given, on the command line or by its variable. It then beats the profile.
func (g Given) Has(flag string) bool { return g[flag] != "" }

// Name is the flag, or the variable that gave it its value: a message that blames a flag which nobody wrote sends its
// reader to the wrong file.
func (g Given) Name(flag string) string {
	if name := g[flag]; name != "" {
		return name
	}
	return "--" + flag
}

// ByVariable says whether the flag has its value from a variable.
func (g Given) ByVariable(flag string) bool { return g.Has(flag) && !strings.HasPrefix(g[flag], "--") }

// Origin is Name as the beginning of a message: "--grace" or "variable TSBOOT_GRACE".
func (g Given) Origin(flag string) string {
	if g.ByVariable(flag) {
		return "variable " + g.Name(flag)
	}
	return g.Name(flag)
}

// Wrongf is an error of kind Usage about the value of a flag. It begins with the origin; the format follows without a
// blank.
func (g Given) Wrongf(flag, format string, args ...any) error {
	return Usagef("%s"+format, append([]any{g.Origin(flag)}, args...)...)
}

// OneOf is an error of kind Usage where value is not one of the words. The empty word allows a flag that was not given.
func (g Given) OneOf(flag, value string, words ...string) error {
	given := words[:0:0]
	for _, word := range words {
		if value == word && (value != "" || !g.Has(flag)) {
			return nil
		}
		if word != "" {
			given = append(given, word)
		}
	}
	return g.Wrongf(flag, " %q: want one of %s%s", value, strings.Join(given, ", "), nearest(value, given))
}

// nearest is the end of a message about a wrong word: which one may be meant. It is empty where none is near.
func nearest(word string, known []string) string {
	if near := secrets.Nearest(word, known); near != "" {
		return "; the nearest is " + near
	}
	return ""
}

// blame adds the origin to an error of package secrets, which does not know where a value came from.
func (g Given) blame(flag string, err error) error {
	var failure *secrets.Error
	if !errors.As(err, &failure) {
		return err
	}
	blamed := *failure
	blamed.Op = fmt.Sprintf("%s: %s", g.Origin(flag), failure.Op)
	blamed.Fix = strings.ReplaceAll(failure.Fix, "--"+flag, g.Name(flag))
	return &blamed
}

// blameDir is blame for a directory of secrets that cannot be read, which is found only by reading it.
func (g Given) blameDir(err error) error {
	var failure *secrets.Error
	if errors.As(err, &failure) && failure.Code == secrets.CodeBadSecretsDir {
		return g.blame("secrets-dir", err)
	}
	return err
}
