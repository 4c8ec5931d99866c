package cli

import "fmt"

// UsageError is a mistake in what the operator gave: a flag, a variable, a file that a flag names. A restart changes
// nothing about it.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// Usagef is a *UsageError with a text of its own. %w works as in fmt.Errorf.
func Usagef(format string, args ...any) error {
	return &UsageError{fmt.Errorf(format, args...)}
}
