package docslint

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
)

// Page is a page of the repository.
type Page struct {
	Name   string // from the repository's top, with /
	Text   string
	Blocks []*docpage.Block

	once  sync.Once
	prose []Line
}

// places are where the pages are: files and directories.
var places = []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs", "examples", "deploy", "integration"}

// Pages reads all pages, for a test.
func Pages(t testing.TB) []*Page {
	t.Helper()
	top := Top(t)
	var pages []*Page
	for _, place := range places {
		err := filepath.WalkDir(filepath.Join(top, place), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(file) != ".md" {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(top, file)
			if err != nil {
				return err
			}
			name = filepath.ToSlash(name)
			pages = append(pages, &Page{Name: name, Text: string(text), Blocks: docpage.Parse(name, string(text))})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return pages
}

// Top is the repository's top directory.
func Top(t testing.TB) string {
	t.Helper()
	top, err := require.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	return top
}

// Line is a line of a page outside of its fenced blocks.
type Line struct {
	Number int
	Text   string
}

// Prose are the lines outside of the fenced blocks.
func (p *Page) Prose() []Line {
	p.once.Do(func() { p.prose = p.readProse() })
	return p.prose
}

func (p *Page) readProse() []Line {
	inside := map[int]bool{}
	for _, b := range p.Blocks {
		for n := range strings.Count(b.Text, "\n") + 2 {
			inside[b.Line-1+n] = true
		}
	}
	var lines []Line
	for i, text := range strings.Split(p.Text, "\n") {
		if !inside[i+1] {
			lines = append(lines, Line{i + 1, text})
		}
	}
	return lines
}

// Code are the lines of the blocks that are only indented, without the indent. Below an item of a list the text of the
// item is indented, too: a block is four columns further to the right.
func (p *Page) Code() []Line {
	var code []Line
	item, blank, open := 0, true, false
	for _, line := range p.Prose() {
		text := strings.TrimLeft(line.Text, " ")
		indent := len(line.Text) - len(text)
		switch {
		case text == "":
			blank = true
			continue
		case indent >= item+4 && (blank || open):
			open = true
			code = append(code, Line{line.Number, text})
		case indent >= item && item > 0: // the item's own text
			open = false
		default:
			item, open = itemWidth(text, indent), false
		}
		blank = false
	}
	return code
}

// itemWidth is the column at which the text of an item of a list begins; 0 for other lines.
func itemWidth(text string, indent int) int {
	marker, rest, found := strings.Cut(text, " ")
	if !found || marker != "*" && marker != "-" && !(strings.HasSuffix(marker, ".") && strings.Trim(marker, "0123456789.") == "") {
		return 0
	}
	return indent + len(text) - len(strings.TrimLeft(rest, " "))
}

// resolve is the file that a link of the page names.
func (p *Page) resolve(link string) string { return path.Join(path.Dir(p.Name), link) }
