//go:build linux

package integration

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
)

// TestSizingPage runs the page's command, holds its table to its formula, and its measured figures to docs/bench-fleet.md.
func TestSizingPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "jq")
	page := docpage.Read(t, "docs/sizing.md")
	page.Tool("tsboot", tsbootBinary(t))
	for _, b := range page.Commands() {
		page.Follow(b)
	}
	sized, measured := 0, 0
	for line := range strings.Lines(page.Text) {
		cells := strings.Split(strings.ReplaceAll(strings.Trim(line, "| \n"), ",", ""), " | ")
		hosts, err := strconv.Atoi(cells[0])
		if err != nil || len(cells) != 6 {
			continue
		}
		calls, _ := strconv.Atoi(cells[1])
		if seconds, err := strconv.Atoi(cells[2]); err == nil {
			sized++
			wantSized(t, float64(hosts*calls)/40, float64(seconds), cells[3:])
			continue
		}
		measured++
		wantMeasured(t, cells)
	}
	if share := regexp.MustCompile(`\d+\.\d %`).FindString(page.Text); !strings.Contains(readFile(t, "../docs/bench-fleet.md"), "| 3 | 40 | 0.00 | 5m0s | "+share) {
		t.Errorf("%s is not what docs/bench-fleet.md has of 5,000 hosts and three calls", share)
	}
	if sized < 5 || measured < 5 {
		t.Errorf("%d rows by formula, %d of figures", sized, measured)
	}
}

func wantSized(t *testing.T, exact, seconds float64, cells []string) {
	t.Helper()
	if math.Abs(exact-seconds) > 0.5 {
		t.Errorf("%v s: the formula says %v", seconds, exact)
	}
	duration := func(text string) float64 {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Error(err)
		}
		return d.Seconds()
	}
	if cells[0] != "not needed" {
		if splay := duration(cells[0]); math.Abs(splay-1.02*exact) > 1 {
			t.Errorf("%v s: a splay of %v", seconds, splay)
		}
	}
	if timeout := duration(cells[1]); timeout < 1.2*exact || timeout < 300 || timeout > 360 && timeout > 1.3*exact {
		t.Errorf("%v s: a timeout of %v", seconds, timeout)
	}
	if refresh := duration(cells[2]); refresh < 4*exact || refresh > 4*exact+60 {
		t.Errorf("%v s: a refresh every %v", seconds, refresh)
	}
}

// wantMeasured finds the row's figures in one row of the benchmark's page.
func wantMeasured(t *testing.T, cells []string) {
	t.Helper()
	words := []string{"path", "40", cells[0], cells[1], `\S+ s`, regexp.QuoteMeta(cells[2]), `\*\*` + cells[3] + `\*\*`, regexp.QuoteMeta(cells[4]), `[^|]*`, regexp.QuoteMeta(cells[5])}
	row := regexp.MustCompile(`(?m)^\| ` + strings.Join(words, ` \| `) + ` \|`)
	if !row.MatchString(strings.ReplaceAll(readFile(t, "../docs/bench-fleet.md"), ",", "")) {
		t.Errorf("docs/bench-fleet.md has no row %s", row)
	}
}
