package configgen

import (
	"fmt"
	"io"
)

// These types have secrets in them, and no verb of fmt prints one.

// Format prints the profile's name and how many values there are.
func (r *Resolved) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "profile %s with %d parameters", r.Profile.Name, len(r.parameters))
}

// Format prints the path and the size.
func (f Rendered) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "%s (%s, %d bytes)", f.Path, f.Syntax, len(f.Content))
}

// Format prints the name.
func (c Command) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.Name) }

// Format prints the number of variables.
func (e Environment) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%d variables", len(e.Env))
}
