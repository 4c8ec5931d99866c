package secrets

import (
	"regexp"
	"sync"
)

// A pattern is a regular expression that is compiled when it is first used:
// the process that stays has this package in it and uses none.
type pattern struct {
	expression string
	once       sync.Once
	compiled   *regexp.Regexp
}

func newPattern(expression string) *pattern { return &pattern{expression: expression} }

// MatchString says whether s matches.
func (p *pattern) MatchString(s string) bool { return p.regexp().MatchString(s) }

// FindStringSubmatch is regexp's.
func (p *pattern) FindStringSubmatch(s string) []string { return p.regexp().FindStringSubmatch(s) }

func (p *pattern) regexp() *regexp.Regexp {
	p.once.Do(func() { p.compiled = regexp.MustCompile(p.expression) })
	return p.compiled
}
