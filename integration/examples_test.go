//go:build linux

package integration

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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

// TestExamplesPage runs the page's commands on a copy and compares what they print.
func TestExamplesPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "my-agent.yaml"), readFile(t, "../examples/my-agent.yaml"), 0o644)
	steps := regexp.MustCompile("(?s)```sh\n(.*?)```\n.*?```\n(.*?)```").FindAllStringSubmatch(readFile(t, "../examples/README.md"), -1)
	if len(steps) != 2 {
		t.Fatalf("%d commands with what they print, want 2", len(steps))
	}
	for _, step := range steps {
		cmd := exec.Command("sh", "-euc", step[1])
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + filepath.Dir(tsbootBinary(t)) + ":/usr/bin:/bin"}
		if out, err := cmd.Output(); err != nil || string(out) != step[2] {
			t.Errorf("%s: %v, printed:\n%s\nwant:\n%s", step[1], err, out, step[2])
		}
	}
}
