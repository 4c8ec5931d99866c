package secrets

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the known word that is most like word, or "" if none is near: a wrong hint misleads. Two letters may
// differ, in a longer word a third of them, in a word of three letters one. Names of parameters, keys of a profile,
// variables, flags and commands all use this rule; it is here because every room may import this package.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, distance := "", max(len(word)/3, min(2, len(word)-2))
	for _, k := range known {
		d := levenshtein.ComputeDistance(word, k)
		if d < distance || d == distance && (best == "" || k < best) {
			best, distance = k, d
		}
	}
	return best
}
