package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
)

const pagesDir = "../../docs/agents"

// TestPages: docs/agents is what the profiles give today, and no page is left of one that is gone.
func TestPages(t *testing.T) {
	t.Parallel()
	tsboot := binary.Tsboot(t)
	known := map[string]bool{}
	for _, a := range agents {
		file := a.profile + ".md"
		known[file] = true
		want, err := page(tsboot, &a)
		if err != nil {
			t.Errorf("%s: %v", a.profile, err)
			continue
		}
		got, err := os.ReadFile(filepath.Join(pagesDir, file))
		if err != nil || string(got) != want {
			t.Errorf("docs/agents/%s is not what `make agent-pages` writes: %v", file, err)
		}
	}
	files, err := os.ReadDir(pagesDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("docs/agents/%s is nobody's page", f.Name())
		}
	}
}
