//go:build linux

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
)

// row is one measurement: a value an init, in the order of the inits; ours is the first, tini (if there) the second.
type row struct {
	name, unit string
	floor      float64 // without any init; 0: there is none
	values     []float64
	goal       float64 // the ratio to tini that we want to stay within; 0: none
	limit      float64 // the value that we want to stay within; 0: none
	note       string
}

func quantile(d []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(int(float64(len(sorted))*q), len(sorted)-1)]
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// ratio is ours to another init's.
func (r row) ratio(n int) (float64, bool) {
	if n >= len(r.values) || r.values[n] == 0 {
		return 0, false
	}
	return r.values[0] / r.values[n], true
}

// verdict holds ours against the goal.
func (r row) verdict() string {
	switch ratio, ok := r.ratio(1); {
	case r.goal > 0 && ok && ratio <= r.goal:
		return fmt.Sprintf("%.2f of tini: within %.1f", ratio, r.goal)
	case r.goal > 0 && ok:
		return fmt.Sprintf("%.2f of tini: **over %.1f**", ratio, r.goal)
	case r.limit > 0 && r.values[0] <= r.limit:
		return fmt.Sprintf("within %.0f", r.limit)
	case r.limit > 0:
		return fmt.Sprintf("**over %.0f**", r.limit)
	case ok:
		return fmt.Sprintf("%.2f of tini", ratio)
	}
	return ""
}

// render is the table.
func render(inits []*adapter.Adapter, rows []row) string {
	var b strings.Builder
	b.WriteString("| measured |")
	for _, a := range inits {
		fmt.Fprintf(&b, " %s |", a.Name)
	}
	b.WriteString(" no init | tsboot |\n|---|" + strings.Repeat("---:|", len(inits)+1) + "---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s%s |", r.name, unit(r.unit))
		for _, v := range r.values {
			fmt.Fprintf(&b, " %s |", number(v))
		}
		floor := ""
		if r.floor > 0 {
			floor = number(r.floor)
		}
		fmt.Fprintf(&b, " %s | %s |\n", floor, strings.Trim(r.verdict()+"; "+r.note, "; "))
	}
	return b.String()
}

func unit(u string) string {
	if u == "" {
		return ""
	}
	return ", " + u
}

func number(v float64) string {
	if v < 100 && v != float64(int(v)) {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
