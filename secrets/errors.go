package secrets

import (
	"strings"
)

// A Kind says what a failure means for a boot. It is a word and not a number:
// which exit code a kind has is for the program to say.
type Kind string

// Kinds of failures. Every Error has one of them.
const (
	Usage       Kind = "usage"       // a wrong flag or variable
	Unavailable Kind = "unavailable" // no answer before the deadline; another start may help
	Denied      Kind = "denied"      // AWS refused
	Invalid     Kind = "invalid"     // a parameter is missing or ambiguous, a path is empty
)

// An Error says what tsboot did, to which resource, what went wrong, and how to
// fix it. None of its texts holds a value.
type Error struct {
	Kind     Kind
	Code     string // of the Catalogue: "ssm-access-denied"
	Op       string // "read parameters"
	Resource string // "ssm:/threatstack/prod (region us-east-1, credentials from task role)"
	Detail   string // what was answered or seen
	Fix      string // what the operator can do
	Err      error  // the cause; may be nil

	// Of a refusal by IAM or KMS, as far as known: what was not allowed, on what.
	Action, ARN string
}

// Error is one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Resource != "" {
		b.WriteString(" " + e.Resource)
	}
	b.WriteString(": " + e.Detail)
	if e.Fix != "" {
		b.WriteString("; " + e.Fix)
	}
	return b.String() + " [" + e.Code + "]"
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
