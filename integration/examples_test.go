//go:build linux

package integration

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
)

// TestExamples: each profile of examples/ carries tests, and they pass. Its page names it. The schema is held to them by
// configgen/profile.
func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("examples: %q, %v", files, err)
	}
	page := readFile(t, "../examples/README.md")
	for _, file := range files {
		p := start(t, exec.Command(tsbootBinary(t), "profiles", "test", file))
		p.wantExit(0)
		if !strings.Contains(p.stdout(), "ok   ") {
			t.Errorf("%s carries no tests: %q", file, p.stdout())
		}
		if name := filepath.Base(file); !strings.Contains(page, "["+name+"]("+name+")") {
			t.Errorf("examples/README.md does not name %s", name)
		}
	}
}

// TestExamplesPage follows the page.
func TestExamplesPage(t *testing.T) {
	t.Parallel()
	page := docpage.Read(t, "examples/README.md")
	page.Tool("tsboot", tsbootBinary(t))
	page.File("my-agent.yaml", readFile(t, "../examples/my-agent.yaml"))
	for _, block := range page.Commands() {
		page.Follow(block)
	}
}
