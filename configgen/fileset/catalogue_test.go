package fileset

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// codeInSource finds the codes that the package gives to its problems.
var codeInSource = regexp.MustCompile(`Code:\s+"([a-z-]+)"`)

// TestCatalogueIsWhole: every code that a problem can have is explained, and no other.
func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range codeInSource.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	for errno := unix.Errno(1); errno < 134; errno++ {
		used[(&WriteError{Err: fmt.Errorf("x: %w", errno)}).Code()] = true
	}
	used[(&WriteError{Err: fmt.Errorf("x: %w", errNotKept)}).Code()] = true
	var explained []string
	for _, e := range Catalogue() {
		if e.Seen == "" || e.Cause == "" || e.Do == "" || slices.Contains(explained, e.Code) {
			t.Errorf("%+v", e)
		}
		if !used[e.Code] {
			t.Errorf("%s is explained and no error has it", e.Code)
		}
		explained = append(explained, e.Code)
	}
	for code := range used {
		if !slices.Contains(explained, code) {
			t.Errorf("%s is not explained", code)
		}
	}
}
