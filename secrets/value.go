package secrets

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted replaces a secret in every text: a Value prints as it, and configgen
// shows it. (supervisor may not import this package and has its own.)
const Redacted = "[redacted]"

// A Value is a secret. It cannot be printed: every verb of fmt, JSON and text
// encoders, slog and hclog show "[redacted]", and reflection finds a pointer. Only
// Reveal returns it, so a search for Reveal finds every place where a secret is
// used.
//
// Values are compared by identity: two equal secrets are different keys of a map.
// The zero Value is not set.
type Value struct{ p *string }

// NewValue wraps s.
func NewValue(s string) Value { return Value{&s} }

// Reveal returns the secret, byte for byte as it is stored; "" if it is not set.
func (v Value) Reveal() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// IsSet says whether there is a value; an empty string is a value.
func (v Value) IsSet() bool { return v.p != nil }

// Format prints "[redacted]" for every verb.
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
