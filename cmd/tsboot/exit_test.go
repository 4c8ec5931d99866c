package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/docs"
	"github.com/tsboot/tsboot/supervisor"
)

// TestEveryKindHasAnExitCode: of the table, no kind is taken for a bug by mistake.
func TestEveryKindHasAnExitCode(t *testing.T) {
	t.Parallel()
	for _, e := range boot.Catalogue() {
		if _, ok := exitCodes[e.Kind]; !ok && e.Kind != boot.Stopped {
			t.Errorf("code %s: kind %q has no exit code", e.Code, e.Kind)
		}
	}
}

// TestExitCode: what is not a kind alone.
func TestExitCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 70},
		{&supervisor.StopError{Signal: 15}, 143},
		{fmt.Errorf("fetch: %w", &supervisor.StopError{Signal: 2}), 130},
		{&supervisor.GaveUpError{Status: supervisor.Status{Code: 3}}, 3},
		{&supervisor.GaveUpError{Status: supervisor.Status{Signal: 9}}, 137},
		{&supervisor.GaveUpError{}, 75},
		{boot.Usagef("x"), 64},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("%v: exit code %d, want %d", test.err, got, test.want)
		}
	}
}

// TestExitCodesAreDocumented: --help and docs/exit-codes.md name every code of the table.
func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	for kind, code := range exitCodes {
		if kind == boot.None {
			continue
		}
		if !regexp.MustCompile(`\b` + strconv.Itoa(code) + `\b`).MatchString(book().Command((&app{}).rootCommand())) {
			t.Errorf("--help does not name %d", code)
		}
		if !strings.Contains(docs.ExitCodes, fmt.Sprintf("\n| %d |", code)) {
			t.Errorf("docs/exit-codes.md does not name %d", code)
		}
	}
}
