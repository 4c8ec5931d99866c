package configgen

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the known word that word may be a slip of, or "": a hint at a word that is not near misleads. Two letters
// may differ, in a longer word a third of them, in a word of three letters one.
func Nearest(word string, known []string) string {
	word = strings.ToLower(clip(word))
	best, distance := "", max(len(word)/3, min(2, len(word)-2))
	for _, k := range known {
		d := levenshtein.ComputeDistance(word, k)
		if d < distance || d == distance && (best == "" || k < best) {
			best, distance = k, d
		}
	}
	return best
}

// nearest is the fix for an unknown word: the known one that is near, or all.
func nearest(word string, known []string) string {
	switch best := Nearest(word, known); {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return "none is declared"
	}
	return "known: " + strings.Join(known, ", ")
}
