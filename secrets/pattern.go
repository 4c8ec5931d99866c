package secrets

import (
	"regexp"
	"sync"
)

// LazyRegexp compiles an expression when the result is first called; a wrong
// expression panics then. The process that stays with the agent for months has
// these packages in it and matches nothing, so it should not hold their patterns.
func LazyRegexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
