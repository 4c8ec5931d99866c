//go:build linux

package main

import (
	"strings"
	"testing"
	"time"
)

// made are samples of both programs at each load, two rounds: go-audit at 9 and 11 percent, tswatch as given.
func made(our time.Duration, right, wrong, peak int) []sample {
	var all []sample
	for _, l := range loads {
		all = append(all, sample{program: nobody, load: l, took: 10 * time.Second, work: 400 * time.Millisecond})
		for _, theirs := range []time.Duration{900 * time.Millisecond, 1100 * time.Millisecond} {
			t := tally{processes: 10000, right: 10000}
			all = append(all, sample{program: peers, load: l, tally: t, took: 10 * time.Second, clocks: clocks{own: theirs, docker: 30 * time.Millisecond, kernel: 20 * time.Millisecond}, peak: 25 * 1024})
			t = tally{processes: 10000, right: right, wrong: wrong, none: 10000 - right - wrong, reasons: map[string]int{"exiting": 10000 - right - wrong}}
			all = append(all, sample{program: ours, load: l, tally: t, took: 10 * time.Second, clocks: clocks{own: our}, peak: peak * 1024})
		}
	}
	return all
}

func TestConclusions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		samples []sample
		want    []string
	}{
		{"all is well", made(800*time.Millisecond, 9995, 0, 40), []string{
			"Kept: the right container", "for 99.950 % or more (at 1 container × 100), and named a wrong one 0 times",
			"tswatch needs 0.80 to 0.80 of it", "Kept: memory under 64 MiB. tswatch had 40.0 MiB at most.",
		}},
		{"all are right", made(time.Second, 10000, 0, 40), []string{"Kept: the right container", "found it for all, and", "Kept: processor time"}},
		{"too few", made(time.Second, 9989, 0, 40), []string{"**Not kept**: the right container", "99.890 %"}},
		{"one is wrong", made(time.Second, 9999, 1, 40), []string{"**Not kept**: the right container", "a wrong one 12 times"}},
		{"too much time", made(1010*time.Millisecond, 10000, 0, 40), []string{"**Not kept**: processor time", "1 container × 100 (1.01), ", "10 containers × 100 (1.01)."}},
		{"too much memory", made(time.Second, 10000, 0, 64), []string{"**Not kept**: memory", "64.0 MiB"}},
	} {
		got := conclusions(c.samples)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: not in the conclusions: %s\n%s", c.name, want, got)
			}
		}
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	all := made(1250*time.Millisecond, 9999, 0, 40)
	got := tables(all)
	for _, want := range []string{
		"| 10 containers × 100 | tswatch | 1000 | 20000 | 19998 (99.990 %) | 0 | 2 (exiting 2) | 0 |\n",
		"| 1 container × 333 | go-audit | 1000 | 20000 | 20000 (100 %) | 0 | 0 | 0 |\n",
		"| 1 container × 1000 | 10.0 % (9.0 to 11.0) | 12.5 % (12.5 to 12.5) | **1.25** | 0.3 % | 0.0 % | 25.0 MiB | 40.0 MiB |\n",
		"| 1 container × 100 | 4.0 % | 0.0 % | 0.0 % | 0.2 % | 0.0 % | 0.0 % |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not in the tables: %s\n%s", want, got)
		}
	}
	if got := tables(all[:2]); strings.Contains(got, "container ×") {
		t.Errorf("a load that one program has not had is shown:\n%s", got)
	}
	if got := percent(tally{processes: 1000000, right: 999999}); got != "999999 (99.999 %)" {
		t.Errorf("all but one are %s", got)
	}
	for line := range strings.Lines(page(surroundings{}, all)) {
		if strings.Contains(line, "%!") {
			t.Errorf("a format is wrong: %s", line)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	values := func(list ...int) (all []sample) {
		for _, v := range list {
			all = append(all, sample{peak: v * 1024})
		}
		return all
	}
	for _, c := range []struct {
		list                []sample
		median, least, most float64
	}{{values(3, 1, 2), 2, 1, 3}, {values(4, 1), 2.5, 1, 4}, {values(7), 7, 7, 7}, {nil, 0, 0, 0}} {
		if m, l, g := spread(c.list, memory); m != c.median || l != c.least || g != c.most {
			t.Errorf("%v: %v, %v to %v", c, m, l, g)
		}
	}
}
