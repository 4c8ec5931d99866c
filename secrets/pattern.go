package secrets

import (
	"regexp"
	"sync"
)

// LazyRegexp returns a function that compiles the expression at its first call; a
// wrong expression panics then. The process that supervises the agent for months
// matches nothing, so it does not keep the patterns in memory.
func LazyRegexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
