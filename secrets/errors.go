package secrets

import (
	"fmt"
	"strings"
)

// A Kind is what a failure means for the boot: its exit code.
type Kind int

// Kinds of failure, as the table of exit codes has them.
const (
	Usage       Kind = 64 // a wrong flag or variable
	Unavailable Kind = 69 // not to be had before the deadline; a restart may help
	Denied      Kind = 77 // AWS said no
	Invalid     Kind = 78 // a parameter is missing or ambiguous, a path is empty
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case Usage:
		return "usage"
	case Unavailable:
		return "unavailable"
	case Denied:
		return "denied"
	case Invalid:
		return "invalid"
	}
	return fmt.Sprintf("kind %d", int(k))
}

// An Error says what was being done, to which thing, what the other side
// answered and what can be done about it. None of its texts holds a value.
type Error struct {
	Kind   Kind
	Code   string // of the Catalogue: "ssm-access-denied"
	Doing  string // "read parameters"
	Thing  string // "ssm:/threatstack/prod (region us-east-1, credentials from task role)"
	Answer string // what was answered or seen
	Mend   string // what the operator can do
	Err    error  // the cause; may be nil

	// Of a refusal by IAM or KMS, as far as known: what was not allowed, on what.
	Action, Resource string
}

// Error is one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Doing)
	if e.Thing != "" {
		b.WriteString(" " + e.Thing)
	}
	b.WriteString(": " + e.Answer)
	if e.Mend != "" {
		b.WriteString("; " + e.Mend)
	}
	return b.String() + " [" + e.Code + "]"
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
