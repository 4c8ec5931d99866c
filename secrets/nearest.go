package secrets

import (
	"cmp"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the known word that is most like word, or "" if none is near: a wrong hint misleads. One letter may differ, or two
// neighbours be exchanged; or the word is the beginning of a known one, three letters of it or more; or of five letters two
// differ, of more a third; or it is, except for one letter, what stands before the "-" of a known one ("zabix", zabbix-agent). Names of parameters, keys of a profile, variables, flags and commands all use this rule; it is here
// because every room may import this package.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, distance := "", max(len(word)/3, min(2, (len(word)-1)/2))
	for _, k := range known {
		d := levenshtein.ComputeDistance(word, k)
		if d == 2 && exchanged(word, k) {
			d = 1
		}
		if d < distance || d == distance && (best == "" || k < best) {
			best, distance = k, d
		}
	}
	if len(word) > 2 && (best == "" || distance > 1) {
		best = cmp.Or(shortest(known, func(k string) bool { return strings.HasPrefix(k, word) }), best)
	}
	if best == "" && len(word) > 4 {
		best = shortest(known, func(k string) bool {
			first, _, several := strings.Cut(k, "-")
			return several && levenshtein.ComputeDistance(word, first) == 1
		})
	}
	return best
}

// exchanged says whether two words, which differ, become the same when two neighbours change places.
func exchanged(a, b string) bool {
	for i := 0; len(a) == len(b) && i+1 < len(a); i++ {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}

// shortest is the shortest of the words that match, the first by the alphabet of several, or "".
func shortest(known []string, matches func(string) bool) string {
	best := ""
	for _, k := range known {
		if matches(k) && (best == "" || len(k) < len(best) || len(k) == len(best) && k < best) {
			best = k
		}
	}
	return best
}
