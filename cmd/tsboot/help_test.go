package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/integration/clitest"
)

// texts are what tsboot says about itself.
func texts() clitest.Program {
	return clitest.Program{
		Root: func() *cobra.Command { return (&app{}).rootCommand() }, Book: book(), Variable: "TSBOOT_", Manuals: writeManuals,
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
	for _, word := range []string{`TSBOOT_SSM_PATH`, `\fI127\fR`, `THREATSTACK_DEPLOY_KEY`, `\fBtsboot\-profiles\fR(1)`, `\fB/run/tsboot/tsboot.sock\fR`} {
		if !strings.Contains(pages["tsboot.1"], word) {
			t.Errorf("tsboot.1 does not have %s", word)
		}
	}
	if !slices.ContainsFunc(strings.Split(pages["tsboot-exec.1"], "\n"), func(line string) bool { return strings.HasPrefix(line, `tsboot exec \-\-ssm\-path`) }) {
		t.Error("tsboot-exec.1 has no example")
	}
}

func TestManualsAreClean(t *testing.T) {
	t.Parallel()
	texts().ManualsAreClean(t)
}
