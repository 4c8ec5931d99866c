package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/integration/clitest"
)

// texts are what tswatch says about itself.
func texts() clitest.Program {
	return clitest.Program{
		Root: func() *cobra.Command { return (&app{}).rootCommand() }, Book: book(), Variable: "TSWATCH_", Manuals: writeManuals,
	}
}

func TestHelpFits(t *testing.T) {
	t.Parallel()
	texts().HelpFits(t)
}

func TestEveryCommandHasWords(t *testing.T) {
	t.Parallel()
	texts().HasWords(t)
}

func TestEveryFlagHasAHeading(t *testing.T) {
	t.Parallel()
	texts().EveryFlagHasAHeading(t)
}

// TestManuals: a page for each command, with every flag, variable rule, code and example.
func TestManuals(t *testing.T) {
	t.Parallel()
	pages := texts().ManualsAreWhole(t)
	for _, word := range []string{`TSWATCH_CONFIG`, `\fBtswatch\-rules\fR(1)`, `/run/tswatch/tswatch.sock`, "CAP_AUDIT_READ"} {
		if !strings.Contains(pages["tswatch.1"], word) {
			t.Errorf("tswatch.1 does not have %s", word)
		}
	}
	for _, code := range []int{exitUsage, exitBug, exitKernel, exitOutput} {
		if !strings.Contains(pages["tswatch.1"], strconv.Itoa(code)) {
			t.Errorf("tswatch.1 does not have %d", code)
		}
	}
	for _, code := range []int{exitNoData, exitNoInput} {
		if !strings.Contains(pages["tswatch-replay.1"], strconv.Itoa(code)) {
			t.Errorf("tswatch-replay.1 does not have %d", code)
		}
	}
}

func TestManualsAreClean(t *testing.T) {
	t.Parallel()
	texts().ManualsAreClean(t)
}
