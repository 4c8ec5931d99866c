package docpage

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// Page is a page of the documentation for one test.
type Page struct {
	Name   string // from the repository's top, such as docs/rotation.md
	Text   string
	Blocks []*Block
	Dir    string   // where the commands run: a directory of the test's own, empty at first
	Env    []string // for all commands, beside what Run gets

	t   testing.TB
	bin string // comes first in PATH
	all *followed
}

// followed is what the test and its subtests have run of the page.
type followed struct {
	sync.Mutex
	lines   map[int]bool // of the fences
	skipped bool
}

// Read reads a page, named from the repository's top. When the test has passed, every block of commands of the page must
// have been run, except those that are only shown.
func Read(t testing.TB, name string) *Page {
	t.Helper()
	top, err := require.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	all := &followed{lines: map[int]bool{}}
	p := &Page{Name: name, Text: string(text), Blocks: Parse(name, string(text)), t: t, Dir: t.TempDir(), bin: t.TempDir(), all: all}
	t.Cleanup(p.wantAllRun)
	return p
}

// In is the same page for a subtest, which may skip.
func (p *Page) In(t testing.TB) *Page {
	sub := *p
	sub.t = t
	t.Cleanup(func() {
		p.all.Lock()
		defer p.all.Unlock()
		p.all.skipped = p.all.skipped || t.Skipped()
	})
	return &sub
}

// wantAllRun does not ask for what the person who ran the test left out.
func (p *Page) wantAllRun() {
	p.all.Lock()
	defer p.all.Unlock()
	if part := flag.Lookup("test.run"); p.t.Failed() || p.t.Skipped() || p.all.skipped || part != nil && strings.Contains(part.Value.String(), "/") {
		return
	}
	for _, b := range p.Commands() {
		if !p.all.lines[b.fence] {
			p.t.Errorf("%s:%d: no test runs this block. Run it, or say why not: ```sh shown: REASON\n%s", p.Name, b.fence, b.Text)
		}
	}
}

// Commands are the blocks that a test runs, in the page's order.
func (p *Page) Commands() []*Block {
	var list []*Block
	for _, b := range p.Blocks {
		if _, shown := b.Shown(); b.Commands() && !shown {
			list = append(list, b)
		}
	}
	return list
}

// Of are the blocks of a language.
func (p *Page) Of(language string) []*Block {
	var list []*Block
	for _, b := range p.Blocks {
		if b.Language == language {
			list = append(list, b)
		}
	}
	return list
}

// Stub puts a script in PATH that stands in for a program, such as one that would reach AWS.
func (p *Page) Stub(name, script string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.bin, name), []byte(script), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

// Tool puts a program in PATH, such as the tsboot under test.
func (p *Page) Tool(name, path string) {
	p.t.Helper()
	if err := os.Symlink(path, filepath.Join(p.bin, name)); err != nil {
		p.t.Fatal(err)
	}
}

// File writes a file that the page says is there, in the directory of the commands.
func (p *Page) File(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
}
