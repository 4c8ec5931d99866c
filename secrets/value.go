package secrets

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted stands in the place of a secret: every Value prints as it, and so does
// what configgen shows. (supervisor may not import this package and has its own.)
const Redacted = "[redacted]"

// A Value is a secret. It cannot be printed: every verb of fmt, JSON and text
// encoders, slog and hclog show "[redacted]", and a program that reaches it by
// reflection finds a pointer. Only Reveal gives it away, so a search for
// Reveal finds every place where a secret leaves.
//
// Values are compared by identity: two equal secrets are different keys of a
// map. The zero Value is one that nothing has set.
type Value struct{ p *string }

// NewValue wraps s.
func NewValue(s string) Value { return Value{&s} }

// Reveal returns the secret, exactly the bytes that the store holds.
func (v Value) Reveal() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// IsSet says whether there is a value at all; an empty string is one.
func (v Value) IsSet() bool { return v.p != nil }

// Format prints "[redacted]" whatever the verb.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// String returns "[redacted]".
func (Value) String() string { return Redacted }

// GoString returns "[redacted]".
func (Value) GoString() string { return Redacted }

// MarshalText returns "[redacted]".
func (Value) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (Value) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// LogValue returns "[redacted]".
func (Value) LogValue() slog.Value { return slog.StringValue(Redacted) }
