package configgen

import (
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// nearest is the fix for an unknown word: the nearest known word, or all of them.
func nearest(word string, known []string) string {
	switch best := secrets.Nearest(clip(word), known); {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return "none is declared"
	}
	return "known: " + strings.Join(known, ", ")
}
