package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tsboot/tsboot"

// goPackage is the part of `go list -json` that the rules below look at.
type goPackage struct {
	ImportPath string
	Doc        string
	GoFiles    []string
	Imports    []string
}

// mayImport says which rooms of ours each room may import. A room that is not listed may import none: the
// arrows point one way, so that secrets and the process tree can be read, tested and reused alone.
var mayImport = map[string][]string{
	"cmd/tsboot": {"boot", "cli", "secrets", "configgen", "supervisor"},
	"boot":       {"secrets", "configgen", "supervisor"},
	"configgen":  {"secrets"},
}

// onlyIn lists packages that just these rooms may import, with the reason.
var onlyIn = []struct{ prefix, rooms, why string }{
	{"github.com/aws/", "secrets", "one room knows AWS, the others know parameters"},
	{"os/exec", "supervisor", "a second waiter would steal exit statuses"},
	{"os/signal", "supervisor", "a second listener would split the signals"},
	{"syscall", "supervisor", "the process tree is the supervisor's"},
	{"github.com/oklog/run", "cmd/tsboot", "packages offer actors, only the program groups them"},
	{"flag", "cmd/tsboot", "libraries take settings, not flags"},
	{"github.com/spf13/", "cmd/tsboot cli", "libraries take settings, not flags"},
}

// helperRooms hold programs and suites for tests, the demo and benchmarks: the rules of the product do not bind them.
var helperRooms = []string{"integration", "secrets/secretstest"}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range listPackages(t) {
		room := strings.TrimPrefix(p.ImportPath, module+"/")
		if isHelperRoom(room) {
			continue
		}
		for _, imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok && !slices.Contains(mayImport[room], ours) {
				t.Errorf("%s imports %s: it may import %v", room, ours, mayImport[room])
			}
			for _, rule := range onlyIn {
				if (imported == rule.prefix || strings.HasSuffix(rule.prefix, "/") && strings.HasPrefix(imported, rule.prefix)) && !slices.Contains(strings.Fields(rule.rooms), room) {
					t.Errorf("%s imports %s: only %s may, because %s", room, imported, rule.rooms, rule.why)
				}
			}
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range listPackages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func isHelperRoom(room string) bool {
	return slices.ContainsFunc(helperRooms, func(helper string) bool {
		return room == helper || strings.HasPrefix(room, helper+"/")
	})
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,GoFiles,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		packages = append(packages, p)
	}
}
