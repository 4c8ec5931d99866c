package clitest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli/help"
	"github.com/tsboot/tsboot/integration/require"
)

// written are the manual pages by name.
func (p Program) written(t *testing.T) (dir string, pages map[string]string) {
	t.Helper()
	dir, pages = t.TempDir(), map[string]string{}
	if code := p.Manuals(dir, []string{"SOURCE_DATE_EPOCH=1700000000"}, os.Stderr); code != 0 {
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

// ManualsAreWhole: there is a page for each command that help lists, with its flags, sections and examples; the same bytes each
// time. It gives the pages by name.
func (p Program) ManualsAreWhole(t *testing.T) map[string]string {
	_, pages := p.written(t)
	_, again := p.written(t)
	p.Each(func(cmd *cobra.Command) {
		if cmd.Hidden {
			return
		}
		name := help.ManualName(cmd) + ".1"
		page := pages[name]
		if page != again[name] {
			t.Errorf("%s differs from one run to the next", name)
		}
		delete(again, name)
		wanted := []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "SIGNALS", "FILES", "SEE ALSO"}
		if needsExamples(cmd) {
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
	return pages
}

// ManualsAreClean: the programs that show manual pages have nothing to say against them.
func (p Program) ManualsAreClean(t *testing.T) {
	dir, _ := p.written(t)
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
