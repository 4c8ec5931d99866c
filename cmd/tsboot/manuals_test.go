package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli/help"
	"github.com/tsboot/tsboot/integration/require"
)

// writtenManuals are the manual pages by name.
func writtenManuals(t *testing.T) (dir string, pages map[string]string) {
	t.Helper()
	dir, pages = t.TempDir(), map[string]string{}
	if code := writeManuals(dir, []string{"SOURCE_DATE_EPOCH=1700000000"}, os.Stderr); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(file)] = string(text)
	}
	return dir, pages
}

// TestManuals: a page for each command, with every flag, variable rule, code and example; the same bytes each time.
func TestManuals(t *testing.T) {
	t.Parallel()
	_, pages := writtenManuals(t)
	_, again := writtenManuals(t)
	everyCommand(func(cmd *cobra.Command) {
		name := help.ManualName(cmd) + ".1"
		page := pages[name]
		if page != again[name] {
			t.Errorf("%s differs from one run to the next", name)
		}
		delete(again, name)
		wanted := []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "SIGNALS", "FILES", "SEE ALSO"}
		if cmd.Name() != "version" && cmd.Name() != "completion" {
			wanted = append(wanted, "EXAMPLES")
		}
		for _, section := range wanted {
			if !strings.Contains(page, "\n.SH \""+section+"\"\n") {
				t.Errorf("%s has no section %s", name, section)
			}
		}
		if !strings.Contains(page, ` 1 "2023-11-14" `) {
			t.Errorf("%s has not the date of SOURCE_DATE_EPOCH", name)
		}
		for _, group := range help.Groups(cmd.Flags(), "", nil) {
			for _, flag := range group.Flags {
				if !strings.Contains(page, `\fB\-\-`+strings.ReplaceAll(flag.Name, "-", `\-`)+`\fR`) {
					t.Errorf("%s does not name --%s", name, flag.Name)
				}
			}
		}
	})
	if len(again) > 0 {
		t.Errorf("pages of no command: %d", len(again))
	}
	for _, word := range []string{`TSBOOT_SSM_PATH`, `\fI127\fR`, `THREATSTACK_DEPLOY_KEY`, `\fBtsboot\-profiles\fR(1)`, `\fB/run/tsboot/tsboot.sock\fR`} {
		if !strings.Contains(pages["tsboot.1"], word) {
			t.Errorf("tsboot.1 does not have %s", word)
		}
	}
	if !slices.ContainsFunc(strings.Split(pages["tsboot-exec.1"], "\n"), func(line string) bool { return strings.HasPrefix(line, `tsboot exec \-\-ssm\-path`) }) {
		t.Error("tsboot-exec.1 has no example")
	}
}

// TestManualsAreClean: the programs that show manual pages have nothing to say against them.
func TestManualsAreClean(t *testing.T) {
	t.Parallel()
	dir, _ := writtenManuals(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, reader := range [][]string{{"groff", "-wall", "-man", "-Tutf8", "-z"}, {"mandoc", "-T", "lint"}} {
		t.Run(reader[0], func(t *testing.T) {
			t.Parallel()
			require.Tools(t, reader[0])
			command := exec.Command(reader[0], append(reader[1:], files...)...)
			if said, err := command.CombinedOutput(); err != nil || len(bytes.TrimSpace(said)) > 0 {
				t.Errorf("%v: %v\n%s", command.Args[:3], err, said)
			}
		})
	}
}
