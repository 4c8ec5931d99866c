package detect

import (
	"fmt"
	"io"
)

// Check reads rule files and says of each that is right how many rules and tests it has. An *Error is all that is wrong with
// them; any other error is about a file that cannot be read.
func Check(w io.Writer, files []string) error {
	own, _, err := read(files)
	if err != nil {
		return err
	}
	for _, f := range own {
		if _, err := fmt.Fprintf(w, "%s: %s, %s\n", f.File, count(len(f.rules), "rule"), count(tests(f.rules), "test")); err != nil {
			return err
		}
	}
	return nil
}

// Test runs the fixtures of rule files. It writes each that fails, with its place, and then how many there were. Its errors
// are those of Check.
func Test(w io.Writer, files []string) (failed int, err error) {
	own, s, err := read(files)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, f := range own {
		total += tests(f.rules)
		for _, r := range f.rules {
			for _, p := range r.try(s) {
				failed++
				if _, err := fmt.Fprintln(w, p); err != nil {
					return failed, err
				}
			}
		}
	}
	_, err = fmt.Fprintf(w, "%s, %d failed\n", count(total, "test"), failed)
	return failed, err
}

// read reads files beside the built-in sets, which they may add to.
func read(files []string) ([]*ruleFile, *shape, error) {
	l, err := newLibrary()
	if err != nil {
		return nil, nil, err
	}
	builtin := len(l.files)
	if err := l.add(files...); err != nil {
		return nil, nil, err
	}
	own := l.files[builtin:]
	sets := make([]string, len(own))
	for i, f := range own {
		sets[i] = f.set
	}
	if err := l.compile(sets...); err != nil {
		return nil, nil, err
	}
	return own, l.compiler.shape, nil
}

// try runs the fixtures of a rule and gives those that fail.
func (r *rule) try(s *shape) []Problem {
	var failures []Problem
	rules := newRules([]*rule{r}, s, nil)
	for _, t := range r.tests {
		what, fix := "", ""
		rules.event.reset(t.event)
		matched := rules.matches(r)
		switch failed := rules.failed[r.id]; {
		case failed > 0:
			what, fix = fmt.Sprintf("rule %q fails on this event: %v", r.id, rules.lastFailure), "ask with has() first"
		case t.match && !matched && rules.holds(r, &r.when):
			what = fmt.Sprintf("rule %q does not match this event: it is suppressed", r.id)
		case t.match && !matched:
			what = fmt.Sprintf("rule %q does not match this event", r.id)
		case !t.match && matched:
			what = fmt.Sprintf("rule %q matches this event", r.id)
		default:
			continue
		}
		clear(rules.failed)
		failures = append(failures, Problem{Pos: t.at, What: what, Fix: fix})
	}
	return failures
}

func tests(rules []*rule) int {
	n := 0
	for _, r := range rules {
		n += len(r.tests)
	}
	return n
}

// count is a number of things, in words.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
