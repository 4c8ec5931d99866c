package configgen

import (
	"regexp"
	"sync"
)

// lazy compiles a pattern when it is first used: the process that stays with
// the agent for months never reads a profile and should not hold its patterns.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
