package docslint

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// shells are names of languages that would pass by what runs blocks: commands are in blocks of "sh". A script to read may
// be "bash".
var shells = []string{"console", "shell", "zsh", "shell-session", "terminal"}

// wrongBlocks are blocks that break the rules of package docpage, or that no shell can read.
func wrongBlocks(p *Page) []string {
	var wrong []string
	for _, b := range p.Blocks {
		at := fmt.Sprintf("%s:%d: ", p.Name, b.Line-1)
		if slices.Contains(shells, strings.ToLower(b.Language)) {
			wrong = append(wrong, at+"a block of "+b.Language+": commands are in blocks of sh, so that tests run them")
		}
		if reason, shown := b.Shown(); shown && len(reason) < 5 {
			wrong = append(wrong, at+"the block is only shown, and does not say why")
		}
		if b.Commands() {
			if _, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(b.Text), b.Page); err != nil {
				wrong = append(wrong, at+err.Error())
			}
		}
	}
	return wrong
}

// runsCommands says whether a page has blocks that a test must run.
func runsCommands(p *Page) bool {
	for _, b := range p.Blocks {
		if _, shown := b.Shown(); b.Commands() && !shown {
			return true
		}
	}
	return false
}

// testSources is all text of the repository's tests: a page that a test follows is named there.
func testSources(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(Top(t), func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "bin" || entry.Name() == "docslint"):
			return filepath.SkipDir
		case !strings.HasSuffix(file, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(file)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
