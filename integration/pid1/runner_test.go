//go:build linux

package pid1

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

// Answers of an init to a case.
const (
	yes      = "Y"
	noAnswer = "N"
	noOption = "–"
)

// verdict is an answer and what was seen.
type verdict struct {
	answer string
	why    string
}

// perform puts one case to one init. An error is the suite's own.
func perform(t *testing.T, c testCase, init *adapter.Adapter, mode testenv.Mode) (v verdict, err error) {
	for _, o := range c.needs {
		if !init.Has(o) {
			return verdict{noOption, "no option: " + string(o)}, nil
		}
	}
	a, err := testenv.New(mode)
	if err != nil {
		return verdict{}, err
	}
	r := &run{Env: a, t: t, init: init, mode: mode, dir: t.TempDir(), patience: 4 * time.Second, orphans: 500}
	if *write {
		r.patience, r.orphans = 10*time.Second, crowd
	}
	if init.Own {
		r.patience, r.orphans = 30*time.Second, crowd
	}
	defer func() {
		r.Close()
		for _, f := range r.files {
			_ = f.Close()
		}
	}()
	defer func() {
		switch end := recover().(type) {
		case nil:
		case no:
			v = verdict{noAnswer, end.why}
		case lacking:
			v = verdict{noOption, "no option: " + end.why}
		case missing:
			err = end
		case broken:
			err = end.err
		default:
			panic(end)
		}
	}()
	c.run(r)
	if touched := r.Touched(); len(touched) > 0 {
		r.no("it touched what is not below it: %s", strings.Join(touched, ", "))
	}
	return verdict{yes, ""}, nil
}

// crowd is how many orphans an init must reap.
const crowd = 20000

// modesOf gives a case's modes; one that names none has both.
func modesOf(c testCase) []testenv.Mode {
	if len(c.modes) == 0 {
		return both
	}
	return c.modes
}

// judge holds the answer against what is expected: of tsboot everything but what is explained, of a peer nothing.
func judge(t *testing.T, c testCase, init *adapter.Adapter, v verdict) {
	switch {
	case !init.Own:
		t.Logf("%s %s", v.answer, v.why)
	case c.limit == "" && v.answer != yes:
		t.Errorf("%s: %s", v.answer, v.why)
	case c.limit != "" && v.answer == yes:
		t.Errorf("it can now, and docs/pid1.md would say that it cannot: %s", c.limit)
	case v.why != "":
		t.Logf("%s %s (known: %s)", v.answer, v.why, c.limit)
	}
}

// checkCases holds the table of cases to its own rules.
func checkCases(groups []caseGroup) error {
	var seen []string
	for _, g := range groups {
		for _, c := range g.cases {
			if slices.Contains(seen, c.id) {
				return fmt.Errorf("two cases are called %q", c.id)
			}
			if c.run == nil || c.title == "" || strings.ToLower(c.id) != c.id {
				return fmt.Errorf("case %q is not whole", c.id)
			}
			seen = append(seen, c.id)
		}
	}
	return nil
}
