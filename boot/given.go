package boot

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// Given says of each flag that was given what gave it: "--grace", or the variable that stands for it. A flag that is not
// in it has its default. Nil is ready to use: nothing was given.
type Given map[string]string

// Has says whether a flag was given, on the command line or by its variable: it then beats the profile.
func (g Given) Has(flag string) bool { return g[flag] != "" }

// Name is what gave a flag its value. A message that blames a flag which nobody wrote sends its reader to the wrong file.
func (g Given) Name(flag string) string {
	if name := g[flag]; name != "" {
		return name
	}
	return "--" + flag
}

// ByVariable says whether the flag has its value from a variable.
func (g Given) ByVariable(flag string) bool { return g.Has(flag) && !strings.HasPrefix(g[flag], "--") }

// Origin is Name as the beginning of a message.
func (g Given) Origin(flag string) string {
	if g.ByVariable(flag) {
		return "variable " + g.Name(flag)
	}
	return g.Name(flag)
}

// Wrongf is an error of kind Usage about the value of a flag. It begins with the origin.
func (g Given) Wrongf(flag, format string, args ...any) error {
	return Usagef("%s"+format, append([]any{g.Origin(flag)}, args...)...)
}

// OneOf is an error of kind Usage where value is not one of the words; the empty word among them is a flag that was not
// given.
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
	return g.Wrongf(flag, " %q: want one of %s", value, strings.Join(given, ", "))
}

// blame puts the origin before what package secrets says of a flag's value, which it got without it.
func (g Given) blame(flag string, err error) error {
	var failure *secrets.Error
	if !errors.As(err, &failure) {
		return err
	}
	blamed := *failure
	blamed.Doing = fmt.Sprintf("%s: %s", g.Origin(flag), failure.Doing)
	blamed.Mend = strings.ReplaceAll(failure.Mend, "--"+flag, g.Name(flag))
	return &blamed
}

// blameDir is blame for what only the reading finds: a directory of secrets that cannot be read.
func (g Given) blameDir(err error) error {
	var failure *secrets.Error
	if errors.As(err, &failure) && failure.Code == secrets.CodeBadSecretsDir {
		return g.blame("secrets-dir", err)
	}
	return err
}
