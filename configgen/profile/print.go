package profile

import (
	"fmt"
	"io"
)

// PrintBuiltins prints the built-in profiles, one a line.
func PrintBuiltins(to io.Writer) error {
	for _, p := range Builtins() {
		if _, err := fmt.Fprintf(to, "%-15s %s\n", p.Name, p.Summary()); err != nil {
			return err
		}
	}
	return nil
}
