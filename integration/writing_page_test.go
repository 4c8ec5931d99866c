//go:build linux

package integration

import (
	"regexp"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
)

// writingPage is docs/writing-a-profile.md, with the profile as far as the reader has written it.
type writingPage struct {
	*docpage.Page
	t    *testing.T
	step int // commands that were run
}

// next runs the page's next commands, with the parts of the profile that stand above them.
func (p *writingPage) next(code int, env ...string) {
	p.t.Helper()
	block := p.Commands()[p.step]
	p.step++
	p.File("my-agent.yaml", p.above(block.Line))
	p.Want(block, code, env...)
}

// above is the profile that the page has the reader write before a line.
func (p *writingPage) above(line int) string {
	var text strings.Builder
	for _, part := range p.Of("yaml") {
		if part.Info == "" && part.Line < line {
			text.WriteString(part.Text)
		}
	}
	return text.String()
}

// TestWritingAProfilePage follows docs/writing-a-profile.md step by step. Its profile is examples/my-agent.yaml, and its
// mistakes have the words of the binary.
func TestWritingAProfilePage(t *testing.T) {
	t.Parallel()
	page, _ := readMovingPage(t, "writing-a-profile")
	p := &writingPage{Page: page, t: t}
	p.next(0)
	p.next(0)
	p.next(0, "API_KEY=0123456789abcdef")
	p.next(76)
	p.next(0)
	p.next(1)
	p.next(0)
	p.next(0)
	for _, code := range []int{78, 78} {
		p.next(code)
	}
	if p.step != len(p.Commands()) {
		t.Errorf("%d blocks of commands, %d were run", len(p.Commands()), p.step)
	}
	comments := regexp.MustCompile(`(?m)^ *#.*\n|^\n`)
	if example := comments.ReplaceAllString(readFile(t, "../examples/my-agent.yaml"), ""); p.above(1<<30) != example {
		t.Errorf("the page makes\n%s\nthe example is\n%s", p.above(1<<30), example)
	}
	p.mistakes()
}

// mistakes has each wrong part read, and compares what is said of it.
func (p *writingPage) mistakes() {
	p.t.Helper()
	for i, block := range p.Blocks {
		if block.Info != "mistake" {
			continue
		}
		p.File("my-agent.yaml", "name: my-agent\n"+block.Text)
		command := &docpage.Block{Page: block.Page, Line: block.Line, Text: "tsboot profiles test my-agent.yaml", Output: p.Blocks[i+1]}
		p.Want(command, 64)
	}
}
