package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/secrets"
)

// name is what gave a flag its value: the flag itself, or the variable that stands for it. A message that blames a
// flag which nobody wrote sends its reader to the wrong file.
func (s *settings) name(flag string) string {
	if s.byVariable[flag] {
		return variableName(flag)
	}
	return "--" + flag
}

// origin is name as the beginning of a message.
func (s *settings) origin(flag string) string {
	if s.byVariable[flag] {
		return "variable " + variableName(flag)
	}
	return "--" + flag
}

// wrongf is a usage error about the value of a flag. It begins with the origin.
func (s *settings) wrongf(flag, format string, args ...any) error {
	return &usageError{fmt.Errorf("%s"+format, append([]any{s.origin(flag)}, args...)...)}
}

// blame puts the origin before what package secrets says of a flag's value, which it got without it.
func (s *settings) blame(flag string, err error) error {
	var failure *secrets.Error
	if !errors.As(err, &failure) {
		return err
	}
	blamed := *failure
	blamed.Doing = s.origin(flag) + ": " + failure.Doing
	blamed.Mend = strings.ReplaceAll(failure.Mend, "--"+flag, s.name(flag))
	return &blamed
}

// blameDir is blame for what only the reading finds: a directory of secrets that cannot be read.
func (s *settings) blameDir(err error) error {
	var failure *secrets.Error
	if errors.As(err, &failure) && failure.Code == secrets.CodeBadSecretsDir {
		return s.blame("secrets-dir", err)
	}
	return err
}

// unreadable is a usage error about a value that is not of the flag's type.
func (s *settings) unreadable(err *pflag.InvalidValueError) error {
	flag := err.GetFlag()
	switch flag.Value.Type() {
	case "duration":
		return s.wrongf(flag.Name, " %q: want a duration, as in 90s or 1m30s", err.GetValue())
	case "bool":
		return s.wrongf(flag.Name, " %q: want true, false, 1 or 0", err.GetValue())
	case "int":
		return s.wrongf(flag.Name, " %q: want a whole number", err.GetValue())
	}
	return s.wrongf(flag.Name, " %q: %w", err.GetValue(), errors.Unwrap(err))
}
