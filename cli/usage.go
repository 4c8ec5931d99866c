package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// UsageError is a mistake in what the operator gave: a flag, a variable, a file that a flag names. A restart changes
// nothing about it.
type UsageError struct {
	Err error
	Try string // the line as it may be meant, to copy; the message ends with it
}

func (e *UsageError) Error() string {
	if e.Try != "" {
		return e.Err.Error() + ": " + e.Try
	}
	return e.Err.Error()
}
func (e *UsageError) Unwrap() error { return e.Err }

// Usagef is a *UsageError with a text of its own. %w works as in fmt.Errorf.
func Usagef(format string, args ...any) error {
	return &UsageError{Err: fmt.Errorf(format, args...)}
}

// tryf is a *UsageError that ends with a line to copy. One that a terminal or a log would show as something else is left out.
func tryf(line, format string, args ...any) error {
	if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
		line = ""
	}
	return &UsageError{Err: fmt.Errorf(format, args...), Try: line}
}
