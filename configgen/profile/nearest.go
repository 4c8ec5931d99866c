package profile

import (
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// Nearest is the fix for an unknown word: the nearest known word, or all of them.
func Nearest(word string, known []string) string {
	switch best := secrets.Nearest(clip(word), known); {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return "none is declared"
	}
	return "known: " + strings.Join(known, ", ")
}
