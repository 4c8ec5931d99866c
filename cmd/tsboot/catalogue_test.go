package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/boot"
)

const errorsDocument = "../../docs/errors.md"

// exitMeanings head the groups of docs/errors.md, in its order.
var exitMeanings = []struct{ exit, title string }{
	{"64", "a flag, a variable or the profile is wrong; starting again changes nothing"},
	{"77", "AWS refused; starting again changes nothing"},
	{"69", "parameters could not be read before the deadline, or memory or processes ran out; worth another start"},
	{"78", "a parameter is missing, ambiguous or breaks its rule; starting again changes nothing"},
	{"73", "a file or the standard output could not be written; starting again changes nothing"},
	{"76", "a setup command failed; worth another start"},
	{"127", "the command is not found"},
	{"126", "the command cannot be executed"},
	{"75", "a crash loop; tsboot gave up"},
	{"128+n", "signal n"},
	{"71", "processes survived SIGKILL at the end"},
	{"70", "a bug in tsboot"},
	{"", "Warnings of tsboot check: a boot goes on"},
}

// TestErrorsDocument: docs/errors.md is made of the catalogue. TSBOOT_UPDATE_DOCS=1 writes it again.
func TestErrorsDocument(t *testing.T) {
	t.Parallel()
	want := errorsText(t)
	if os.Getenv("TSBOOT_UPDATE_DOCS") != "" {
		if err := os.WriteFile(errorsDocument, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(errorsDocument)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/errors.md is stale: run TSBOOT_UPDATE_DOCS=1 go test -run TestErrorsDocument ./cmd/tsboot")
	}
}

func errorsText(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Errors

<!-- Made from the code by cmd/tsboot/catalogue_test.go; do not edit. -->

Every fault has a code. A boot that fails has it as ` + "`code`" + ` in the last line of its log, and
` + "`tsboot check`" + ` prints it for all, with the fix for this set-up: action and resource, file, name. Codes are stable:
scripts may match them. They are listed by the exit code of the boot.
`)
	left := boot.Catalogue()
	for _, group := range exitMeanings {
		if group.exit == "" {
			fmt.Fprintf(&b, "\n## %s\n", group.title)
		} else {
			fmt.Fprintf(&b, "\n## Exit code %s: %s\n", group.exit, group.title)
		}
		left = slices.DeleteFunc(left, func(e boot.Entry) bool {
			if exitText(e.Kind) == group.exit {
				fmt.Fprintf(&b, "\n### %s\n* **Seen:** %s.\n* **Likely cause:** %s.\n* **What to do:** %s.\n", e.Code, e.Seen, e.Cause, e.Do)
			}
			return exitText(e.Kind) == group.exit
		})
	}
	if len(left) > 0 {
		t.Errorf("no place in docs/errors.md for %+v", left)
	}
	return b.String()
}

// exitText is the exit code of a kind for docs/errors.md; a warning has none.
func exitText(kind boot.Kind) string {
	switch kind {
	case boot.None:
		return ""
	case boot.Stopped:
		return strconv.Itoa(exitSignalBase) + "+n"
	}
	return strconv.Itoa(exitOf(kind))
}
