// Package man writes manual pages from the same pages as package help: one for a program, and one for each of its commands. It
// knows no program. It writes roff itself, because a converter from Markdown cannot make tables that every reader of manual
// pages shows, and would be linked into the program.
package man

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli/help"
)

// Edition is what stands at the edges of every page.
type Edition struct {
	Date    string // such as 2026-11-29; empty: none
	Version string
}

// EditionOf has the day of SOURCE_DATE_EPOCH (reproducible-builds.org) as its date, or none: never today, which would change
// every page.
func EditionOf(version string, environ []string) Edition {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, "SOURCE_DATE_EPOCH="); ok {
			if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
				return Edition{Version: version, Date: time.Unix(seconds, 0).UTC().Format(time.DateOnly)}
			}
		}
	}
	return Edition{Version: version}
}

// WriteAll writes the manual pages of root and of every command below it to a directory, which is made where it is not there.
func WriteAll(dir string, book help.Book, root *cobra.Command, e Edition) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return writeBelow(dir, book, root, e)
}

func writeBelow(dir string, book help.Book, cmd *cobra.Command, e Edition) error {
	file := filepath.Join(dir, help.ManualName(cmd)+".1")
	if err := os.WriteFile(file, Page(book, cmd, e), 0o644); err != nil {
		return err
	}
	for _, sub := range help.Documented(cmd) {
		if err := writeBelow(dir, book, sub, e); err != nil {
			return err
		}
	}
	return nil
}

// Page is the manual page of a command.
func Page(book help.Book, cmd *cobra.Command, e Edition) []byte {
	var w writer
	program := cmd.Root().Name()
	fmt.Fprintf(&w.text, ".TH %s 1 \"%s\" \"%s\" \"%s manual\"\n", escape(strings.ToUpper(help.ManualName(cmd))), e.Date, escape(program+" "+e.Version), program)
	w.text.WriteString(".nh\n.ad l\n") // a flag or variable that is broken at the end of a line cannot be copied
	for _, chapter := range book.Chapters(cmd) {
		w.macro("SH", chapter.Heading)
		below := true // the block stands right below a heading, and needs no distance to it
		for _, block := range chapter.Page {
			w.block(block, !below)
			below = block.Kind == help.Heading
		}
	}
	return w.text.Bytes()
}
